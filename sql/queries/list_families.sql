SELECT family
FROM task_definitions
WHERE revision IS NOT NULL
    AND ($prefix::VARCHAR IS NULL OR starts_with(family, $prefix::VARCHAR))
    AND ($after::VARCHAR IS NULL OR family > $after::VARCHAR)
GROUP BY family
HAVING $status::VARCHAR = 'ALL' OR bool_or(status = 'ACTIVE') = ($status::VARCHAR = 'ACTIVE')
ORDER BY family
LIMIT $limit::INTEGER;
