SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM tasks
WHERE cluster_name = $cluster::VARCHAR AND name IN (SELECT unnest($ids::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1;
