SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, cluster_name,
    service_name, service_uid, status, doc
FROM task_sets;
