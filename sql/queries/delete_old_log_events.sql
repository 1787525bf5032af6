-- Of all groups but those that have a retention of their own.
DELETE FROM log_events
WHERE ts < $before::VARCHAR::BIGINT AND stream NOT IN (SELECT id FROM log_streams WHERE group_name IN (SELECT unnest($groups::VARCHAR[])));
