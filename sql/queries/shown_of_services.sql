-- Of these services the resources that answers show: of several that claim a name, those that exist before the others, then the oldest.
SELECT uid
FROM services
WHERE service_name IN (SELECT unnest($names::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY cluster_name, service_name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1;
