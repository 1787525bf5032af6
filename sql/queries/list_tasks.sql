SELECT DISTINCT arn
FROM tasks
WHERE cluster_name = $cluster::VARCHAR
    AND ($service_name::VARCHAR IS NULL OR service_name = $service_name::VARCHAR)
    AND ($family::VARCHAR IS NULL OR family = $family::VARCHAR)
    AND ($started_by::VARCHAR IS NULL OR started_by = $started_by::VARCHAR)
    AND ($container_instance_arn::VARCHAR IS NULL OR container_instance_arn = $container_instance_arn::VARCHAR)
    AND ($launch_type::VARCHAR IS NULL OR launch_type = $launch_type::VARCHAR)
    AND ($desired_status::VARCHAR IS NULL OR desired_status = $desired_status::VARCHAR)
    AND ($after::VARCHAR IS NULL OR arn > $after::VARCHAR)
ORDER BY arn
LIMIT $limit::INTEGER;
