-- The oldest arrivals beyond a size.
DELETE FROM log_events
WHERE seq <= (
    SELECT coalesce(max(seq), 0)
    FROM (SELECT seq, sum(size) OVER (ORDER BY seq DESC) AS newer FROM log_events)
    WHERE newer > $bytes::VARCHAR::BIGINT
);
