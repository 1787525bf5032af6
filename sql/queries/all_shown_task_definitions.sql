SELECT family, revision, namespace, name, uid, resource_version, deleted_at, doc
FROM task_definitions
QUALIFY row_number() OVER (PARTITION BY family, revision ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1
ORDER BY updated_at DESC
LIMIT $limit::INTEGER;
