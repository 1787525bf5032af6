SELECT
    cluster_name,
    launch_type,
    sum(running)::INTEGER AS running,
    sum(pending)::INTEGER AS pending,
    sum(active)::INTEGER AS active,
    sum(draining)::INTEGER AS draining
FROM (
    SELECT
        cluster_name,
        coalesce(launch_type, 'EC2') AS launch_type,
        (status = 'RUNNING')::INTEGER AS running,
        (status IN ('PROVISIONING', 'PENDING', 'ACTIVATING'))::INTEGER AS pending,
        0 AS active,
        0 AS draining
    FROM tasks
    WHERE cluster_name IN (SELECT unnest($names::VARCHAR[]))
    UNION ALL
    SELECT
        cluster_name,
        coalesce(launch_type, 'EC2'),
        0,
        0,
        (status = 'ACTIVE')::INTEGER,
        (status = 'DRAINING')::INTEGER
    FROM services
    WHERE cluster_name IN (SELECT unnest($names::VARCHAR[]))
)
GROUP BY cluster_name, launch_type;
