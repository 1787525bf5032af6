SELECT DISTINCT arn
FROM services
WHERE cluster_name = $cluster::VARCHAR
    AND status = 'ACTIVE'
    AND ($launch_type::VARCHAR IS NULL OR launch_type = $launch_type::VARCHAR)
    AND ($scheduling_strategy::VARCHAR IS NULL OR scheduling_strategy = $scheduling_strategy::VARCHAR)
    AND ($resource_management_type::VARCHAR IS NULL
        OR coalesce(resource_management_type, 'CUSTOMER') = $resource_management_type::VARCHAR)
    AND ($after::VARCHAR IS NULL OR arn > $after::VARCHAR)
ORDER BY arn
LIMIT $limit::INTEGER;
