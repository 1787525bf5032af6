SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, cluster_name,
    implicit_cluster, service_name, status, launch_type, scheduling_strategy, resource_management_type,
    client_token, doc
FROM services;
