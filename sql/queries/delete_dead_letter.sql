DELETE FROM webhook_dead_letters WHERE target = $target::VARCHAR AND event_id = $event_id::VARCHAR;
