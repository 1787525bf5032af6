SELECT DISTINCT provider_name
FROM capacity_providers
WHERE cluster_name = $cluster::VARCHAR AND status <> 'INACTIVE'
ORDER BY provider_name;
