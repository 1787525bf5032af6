SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM tasks
WHERE cluster_name = $cluster::VARCHAR AND client_token = $client_token::VARCHAR
ORDER BY created_at, name;
