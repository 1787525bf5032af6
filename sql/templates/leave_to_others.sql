-- What another replica will have written soon.
DELETE FROM outdated WHERE ended_at >= $before::TIMESTAMP;
