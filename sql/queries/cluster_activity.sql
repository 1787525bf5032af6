SELECT
    (SELECT count(*) FROM services WHERE cluster_name = $cluster::VARCHAR AND status <> 'INACTIVE')::INTEGER
        AS active_services,
    (SELECT count(*) FROM tasks WHERE cluster_name = $cluster::VARCHAR AND status <> 'STOPPED')::INTEGER
        AS active_tasks,
    (SELECT count(DISTINCT container_instance_arn) FROM tasks
        WHERE cluster_name = $cluster::VARCHAR AND status <> 'STOPPED')::INTEGER AS instances;
