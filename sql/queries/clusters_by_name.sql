WITH task_counts AS (
    SELECT
        cluster_name,
        count(*) FILTER (WHERE status = 'RUNNING') AS running,
        count(*) FILTER (WHERE status IN ('PROVISIONING', 'PENDING', 'ACTIVATING')) AS pending,
        count(DISTINCT container_instance_arn) FILTER (WHERE status <> 'STOPPED') AS instances
    FROM tasks
    WHERE cluster_name IN (SELECT unnest($names::VARCHAR[]))
    GROUP BY cluster_name
), service_counts AS (
    SELECT cluster_name, count(DISTINCT service_name) AS active
    FROM services
    WHERE status = 'ACTIVE' AND cluster_name IN (SELECT unnest($names::VARCHAR[]))
    GROUP BY cluster_name
)
SELECT
    c.namespace, c.name, c.uid, c.resource_version, c.deleted_at, c.doc,
    coalesce(t.running, 0)::INTEGER AS running,
    coalesce(t.pending, 0)::INTEGER AS pending,
    coalesce(t.instances, 0)::INTEGER AS instances,
    coalesce(s.active, 0)::INTEGER AS active_services
FROM clusters c
LEFT JOIN task_counts t ON t.cluster_name = c.cluster_name
LEFT JOIN service_counts s ON s.cluster_name = c.cluster_name
WHERE c.cluster_name IN (SELECT unnest($names::VARCHAR[]))
QUALIFY row_number() OVER (
    PARTITION BY c.cluster_name ORDER BY c.deleted_at IS NOT NULL, c.created_at, c.uid
) = 1;
