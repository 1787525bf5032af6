-- The objects of a kind that were there when they were last seen.
SELECT uid, resource_version, namespace, name, arn, service_arn, about_kind, about_uid
FROM (
    SELECT * EXCLUDE (object, spec, summary)
    FROM kubernetes_history
    WHERE kind = $kind::VARCHAR
    QUALIFY row_number() OVER (PARTITION BY uid ORDER BY position DESC) = 1
)
WHERE change <> 'DELETED';
