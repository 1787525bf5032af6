SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM scalable_targets
WHERE ($resource_ids::VARCHAR[] IS NULL OR resource_id IN (SELECT unnest($resource_ids::VARCHAR[])))
    AND ($arn::VARCHAR IS NULL OR arn = $arn::VARCHAR)
QUALIFY row_number() OVER (PARTITION BY resource_id ORDER BY created_at, namespace, name) = 1
ORDER BY resource_id;
