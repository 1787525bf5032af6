INSERT INTO webhook_dead_letters (target, event_id, event, event_time, attempts, reason, failed_at)
VALUES (
    $target::VARCHAR, $event_id::VARCHAR, $event::VARCHAR, $event_time::TIMESTAMP,
    $attempts::INTEGER, $reason::VARCHAR, $now::TIMESTAMP
);
