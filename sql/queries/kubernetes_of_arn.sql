-- What Kubernetes told of a task or service, newest first: of its own objects, and in Events about them and about itself.
SELECT position, kind, uid, resource_version, change, source, changed_at, namespace, name, summary
FROM kubernetes_history
WHERE about_uid IN (
        SELECT uid FROM kubernetes_history WHERE arn = $arn::VARCHAR
        UNION
        SELECT uid FROM history WHERE arn = $arn::VARCHAR
    )
    AND ($since::TIMESTAMP IS NULL OR changed_at > $since::TIMESTAMP)
    AND ($until::TIMESTAMP IS NULL OR changed_at <= $until::TIMESTAMP)
ORDER BY position DESC
LIMIT $limit::INTEGER;
