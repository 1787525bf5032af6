-- What lists of tasks are made of, a part at a time.
SELECT
    uid, cluster_name, arn,
    service_name, family, started_by, container_instance_arn, launch_type, desired_status
FROM stored_tasks
WHERE uid > $after::VARCHAR
ORDER BY uid
LIMIT $limit::INTEGER;
