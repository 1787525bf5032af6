DELETE FROM service_deployments WHERE deleted_at < $before::TIMESTAMP;
