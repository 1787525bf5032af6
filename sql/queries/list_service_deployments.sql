-- Newest first. What began in the last 90 days, as ECS lists it.
SELECT arn
FROM service_deployments
WHERE service_uid = $service_uid::VARCHAR
    AND (len($statuses::VARCHAR[]) = 0 OR status IN (SELECT unnest($statuses::VARCHAR[])))
    AND created_at > $since::TIMESTAMP
    AND ($before::TIMESTAMP IS NULL OR created_at < $before::TIMESTAMP)
    AND ($after::VARCHAR IS NULL OR (created_at, arn) < (
        SELECT (last.created_at, last.arn) FROM service_deployments last WHERE last.arn = $after::VARCHAR LIMIT 1
    ))
ORDER BY created_at DESC, arn DESC
LIMIT $limit::INTEGER;
