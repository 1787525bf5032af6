SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, cluster_name, status,
    owned_namespace, doc
FROM clusters;
