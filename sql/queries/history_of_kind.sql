SELECT position, uid, resource_version, change, source, changed_at, namespace, name, arn, object
FROM history
WHERE kind = $kind::VARCHAR
ORDER BY resource_version, uid;
