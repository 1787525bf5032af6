SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM service_revisions
WHERE arn IN (SELECT unnest($arns::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY arn ORDER BY deleted_at IS NOT NULL, created_at DESC, uid) = 1;
