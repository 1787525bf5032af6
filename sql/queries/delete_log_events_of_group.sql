DELETE FROM log_events WHERE stream IN (SELECT id FROM log_streams WHERE group_name = $group::VARCHAR);
