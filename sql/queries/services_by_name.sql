SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM services
WHERE cluster_name = $cluster::VARCHAR AND service_name IN (SELECT unnest($names::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY service_name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1;
