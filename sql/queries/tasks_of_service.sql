SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM tasks
WHERE cluster_name = $cluster::VARCHAR AND service_name = $service_name::VARCHAR
ORDER BY created_at, name;
