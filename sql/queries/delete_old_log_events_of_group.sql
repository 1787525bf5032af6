DELETE FROM log_events
WHERE ts < $before::VARCHAR::BIGINT AND stream IN (SELECT id FROM log_streams WHERE group_name = $group::VARCHAR);
