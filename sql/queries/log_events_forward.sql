-- Events of one stream after a position, oldest first, at most a mebibyte of them.
WITH page AS (
    SELECT seq, size
    FROM log_events
    WHERE stream = $stream::VARCHAR::BIGINT
        AND seq > $position::VARCHAR::BIGINT
        AND ts >= $from::VARCHAR::BIGINT
        AND ts < $until::VARCHAR::BIGINT
    ORDER BY seq
    LIMIT $limit::INTEGER
),
fitting AS (
    SELECT seq FROM page QUALIFY sum(size) OVER (ORDER BY seq) <= 1048576
)
SELECT seq, ts, message
FROM log_events
WHERE stream = $stream::VARCHAR::BIGINT AND seq IN (SELECT seq FROM fitting)
ORDER BY seq;
