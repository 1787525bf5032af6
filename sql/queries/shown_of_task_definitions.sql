-- Of these families the resources that answers show: of several that claim a name, those that exist before the others, then the oldest.
SELECT uid
FROM task_definitions
WHERE family IN (SELECT unnest($names::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY family, revision ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1;
