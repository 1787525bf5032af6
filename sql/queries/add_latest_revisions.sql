INSERT INTO task_definition_families (family, latest_revision)
SELECT seen.family, seen.revision
FROM (SELECT unnest($families::VARCHAR[]) AS family, unnest($revisions::INTEGER[]) AS revision) seen
WHERE seen.family NOT IN (SELECT family FROM task_definition_families);
