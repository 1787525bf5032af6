SELECT DISTINCT arn
FROM services
WHERE status = 'ACTIVE'
    AND list_contains(
        $namespaces::VARCHAR[],
        json_extract_string(doc, '$.deployments[0].serviceConnectConfiguration.namespace')
    )
    AND ($after::VARCHAR IS NULL OR arn > $after::VARCHAR)
ORDER BY arn
LIMIT $limit::INTEGER;
