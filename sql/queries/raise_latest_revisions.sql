UPDATE task_definition_families
SET latest_revision = greatest(latest_revision, seen.revision)
FROM (SELECT unnest($families::VARCHAR[]) AS family, unnest($revisions::INTEGER[]) AS revision) seen
WHERE task_definition_families.family = seen.family;
