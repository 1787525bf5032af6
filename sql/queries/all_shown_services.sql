SELECT cluster_name, service_name, namespace, name, uid, resource_version, deleted_at, doc
FROM services
QUALIFY row_number() OVER (PARTITION BY cluster_name, service_name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1
ORDER BY updated_at DESC
LIMIT $limit::INTEGER;
