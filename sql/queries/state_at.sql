-- The last change, up to a time, of the resource that had the ARN then: of several that claim it, one that existed
-- before one that was gone, then the oldest; of those that were gone the one that went last.
SELECT position, kind, uid, resource_version, change, source, changed_at, namespace, name, arn, object
FROM (
    SELECT *
    FROM history
    WHERE uid IN (SELECT DISTINCT uid FROM history WHERE arn = $arn::VARCHAR)
        AND changed_at <= $at::TIMESTAMP
    QUALIFY row_number() OVER (PARTITION BY uid ORDER BY position DESC) = 1
)
WHERE arn IS NULL OR arn = $arn::VARCHAR
ORDER BY
    change = 'DELETED',
    CASE WHEN change = 'DELETED' THEN NULL ELSE json_extract_string(object, '$.metadata.creationTimestamp') END,
    position DESC
LIMIT 1;
