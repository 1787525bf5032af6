SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM task_definitions
WHERE family = $family::VARCHAR
    AND revision IS NOT NULL
    AND CASE WHEN $revision::INTEGER IS NULL THEN status = 'ACTIVE' ELSE revision = $revision::INTEGER END
ORDER BY revision DESC, created_at, uid
LIMIT 1;
