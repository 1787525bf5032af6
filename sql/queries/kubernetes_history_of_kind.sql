SELECT uid, resource_version, change, source, name, arn, service_arn, about_uid, summary, object, spec, position
FROM kubernetes_history
WHERE kind = $kind::VARCHAR
ORDER BY position;
