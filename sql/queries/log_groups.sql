SELECT group_name, min(created_at) AS created_at, coalesce(sum(events.size), 0)::BIGINT AS stored_bytes
FROM log_streams
LEFT JOIN (SELECT stream, sum(size) AS size FROM log_events GROUP BY stream) events ON events.stream = log_streams.id
WHERE visible
GROUP BY group_name
ORDER BY group_name;
