SELECT id, resume_at, resume_count
FROM log_streams
WHERE group_name = $group::VARCHAR AND stream_name = $stream::VARCHAR;
