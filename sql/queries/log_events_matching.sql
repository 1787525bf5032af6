-- Events of some streams of a group after a position, oldest first, at most a mebibyte of them.
WITH streams AS (
    SELECT id, stream_name
    FROM log_streams
    WHERE visible
        AND group_name = $group::VARCHAR
        AND starts_with(stream_name, $prefix::VARCHAR)
        AND (len($names::VARCHAR[]) = 0 OR list_contains($names::VARCHAR[], stream_name))
),
page AS (
    SELECT seq, ts, size
    FROM log_events
    WHERE stream IN (SELECT id FROM streams)
        AND ts BETWEEN $from::VARCHAR::BIGINT AND $until::VARCHAR::BIGINT
        AND (ts > $after_ts::VARCHAR::BIGINT OR (ts = $after_ts::VARCHAR::BIGINT AND seq > $after_seq::VARCHAR::BIGINT))
        AND len(list_filter($all::VARCHAR[], lambda term: contains(message, term))) = len($all::VARCHAR[])
        AND (len($any::VARCHAR[]) = 0 OR len(list_filter($any::VARCHAR[], lambda term: contains(message, term))) > 0)
        AND len(list_filter($none::VARCHAR[], lambda term: contains(message, term))) = 0
    ORDER BY ts, seq
    LIMIT $limit::INTEGER
),
fitting AS (
    SELECT seq FROM page QUALIFY sum(size) OVER (ORDER BY ts, seq) <= 1048576
)
SELECT seq, ts, message, stream_name
FROM log_events
JOIN streams ON streams.id = log_events.stream
WHERE seq IN (SELECT seq FROM fitting)
ORDER BY ts, seq;
