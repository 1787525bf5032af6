DELETE FROM service_revisions WHERE deleted_at < $before::TIMESTAMP;
