-- The oldest first, of one target or of all.
SELECT target, event_id, event, event_time, attempts, reason, failed_at
FROM webhook_dead_letters
WHERE ($target::VARCHAR IS NULL OR target = $target::VARCHAR)
    AND ($event_id::VARCHAR IS NULL OR event_id = $event_id::VARCHAR)
ORDER BY failed_at, event_time, event_id
LIMIT $limit::INTEGER;
