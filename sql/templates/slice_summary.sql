SELECT
    count(*)::INTEGER AS rows,
    min(ended_at)::DATE::VARCHAR AS day,
    min(position) AS first_position,
    max(position) AS last_position
FROM slice;
