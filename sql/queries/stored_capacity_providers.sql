SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, provider_name,
    cluster_name, status, doc
FROM capacity_providers;
