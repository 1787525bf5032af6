SELECT DISTINCT cluster_name
FROM clusters
WHERE status <> 'INACTIVE' AND list_contains(CAST(capacity_providers AS VARCHAR[]), $name::VARCHAR)
ORDER BY cluster_name;
