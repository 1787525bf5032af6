-- Of each cluster with Container Insights: its services and tasks (service_name is null), then those of each service.
WITH insights AS (
    SELECT cluster_name
    FROM clusters
    WHERE deleted_at IS NULL
        AND list_contains(
            ['enabled', 'enhanced'],
            json_extract_string(doc, '$.settings[0].value')
        )
)
SELECT
    cluster_name,
    NULL AS service_name,
    (SELECT count(*) FROM services s WHERE s.cluster_name = i.cluster_name AND s.status = 'ACTIVE')::INTEGER AS services,
    NULL::INTEGER AS desired,
    (SELECT count(*) FROM tasks t WHERE t.cluster_name = i.cluster_name AND t.status = 'RUNNING')::INTEGER AS running,
    (
        SELECT count(*)
        FROM tasks t
        WHERE t.cluster_name = i.cluster_name AND t.status IN ('PROVISIONING', 'PENDING', 'ACTIVATING')
    )::INTEGER AS pending,
    NULL::INTEGER AS deployments
FROM insights i
UNION ALL
SELECT cluster_name, service_name, NULL, desired_count, running_count, pending_count, json_array_length(deployments)
FROM services
WHERE status IN ('ACTIVE', 'DRAINING') AND deleted_at IS NULL AND cluster_name IN (SELECT cluster_name FROM insights)
-- Of two resources with one name the older one has it.
QUALIFY row_number() OVER (PARTITION BY cluster_name, service_name ORDER BY created_at, uid) = 1
ORDER BY cluster_name, service_name;
