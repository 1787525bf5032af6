-- Those that any cluster can use; for a cluster those that it has.
SELECT DISTINCT p.provider_name
FROM capacity_providers p
WHERE p.status <> 'INACTIVE'
    AND ($after::VARCHAR IS NULL OR p.provider_name > $after::VARCHAR)
    AND (
        $cluster::VARCHAR IS NULL
        OR p.cluster_name = $cluster::VARCHAR
        OR EXISTS (
            SELECT 1
            FROM clusters c
            WHERE c.cluster_name = $cluster::VARCHAR
                AND c.status <> 'INACTIVE'
                AND list_contains(CAST(c.capacity_providers AS VARCHAR[]), p.provider_name)
        )
    )
ORDER BY p.provider_name
LIMIT $limit::INTEGER;
