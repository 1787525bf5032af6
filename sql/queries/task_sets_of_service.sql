-- Oldest first.
SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM task_sets
WHERE service_uid = $service_uid::VARCHAR
ORDER BY created_at, arn;
