-- Streams without events that nothing writes to any more.
DELETE FROM log_streams
WHERE created_at < $before::VARCHAR::BIGINT
    AND NOT list_contains($open::VARCHAR[], id::VARCHAR)
    AND id NOT IN (SELECT stream FROM log_events);
