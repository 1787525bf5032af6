-- One service that asks for the capacity provider, or one task that runs on it.
SELECT arn
FROM services
WHERE cluster_name = $cluster::VARCHAR
    AND status <> 'INACTIVE'
    AND list_contains(
        CAST(json_extract_string(doc, '$.capacityProviderStrategy[*].capacityProvider') AS VARCHAR[]), $name::VARCHAR
    )
UNION ALL
SELECT arn
FROM tasks
WHERE cluster_name = $cluster::VARCHAR
    AND status <> 'STOPPED'
    AND json_extract_string(doc, '$.capacityProviderName') = $name::VARCHAR
LIMIT 1;
