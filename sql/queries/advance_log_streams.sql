UPDATE log_streams
SET resume_at = reached.resume_at, resume_count = reached.resume_count, visible = visible OR reached.has_events
FROM (
    SELECT
        unnest($ids::VARCHAR[])::BIGINT AS id,
        unnest($resume_at::VARCHAR[]) AS resume_at,
        unnest($resume_count::INTEGER[]) AS resume_count,
        unnest($has_events::VARCHAR[])::BOOLEAN AS has_events
) reached
WHERE log_streams.id = reached.id
RETURNING log_streams.id;
