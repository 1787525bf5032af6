SELECT stream_name, created_at, first_ts, last_ts, last_seq
FROM log_streams
LEFT JOIN (
    SELECT stream, min(ts) AS first_ts, max(ts) AS last_ts, max(seq) AS last_seq
    FROM log_events
    WHERE stream IN (SELECT id FROM log_streams WHERE group_name = $group::VARCHAR)
    GROUP BY stream
) events ON events.stream = log_streams.id
WHERE visible AND group_name = $group::VARCHAR AND starts_with(stream_name, $prefix::VARCHAR)
ORDER BY stream_name;
