SELECT DISTINCT arn, family, revision
FROM task_definitions
WHERE revision IS NOT NULL
    AND ($family::VARCHAR IS NULL OR family = $family::VARCHAR)
    AND ($status::VARCHAR IS NULL OR status = $status::VARCHAR)
    AND ($after_family::VARCHAR IS NULL
        OR (family, revision) > ($after_family::VARCHAR, $after_revision::INTEGER))
ORDER BY family, revision
LIMIT $limit::INTEGER;
