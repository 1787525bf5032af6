SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM clusters
WHERE cluster_name = $name::VARCHAR
ORDER BY deleted_at IS NOT NULL, created_at, uid
LIMIT 1;
