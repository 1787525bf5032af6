SELECT DISTINCT arn
FROM clusters
WHERE status <> 'INACTIVE' AND ($after::VARCHAR IS NULL OR arn > $after::VARCHAR)
ORDER BY arn
LIMIT $limit::INTEGER;
