-- What lists of services are made of, a part at a time.
SELECT uid, cluster_name, arn, status, launch_type, scheduling_strategy, resource_management_type
FROM stored_services
WHERE uid > $after::VARCHAR
ORDER BY uid
LIMIT $limit::INTEGER;
