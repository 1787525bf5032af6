SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, cluster_name,
    implicit_cluster, service_name, service_arn, family, status, desired_status, launch_type, group_name,
    started_by, container_instance_arn, client_token, doc
FROM tasks;
