SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM capacity_providers
WHERE provider_name IN (SELECT unnest($names::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY provider_name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1;
