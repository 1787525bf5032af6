INSERT INTO watch_positions (resource, resource_version, updated_at)
SELECT seen.resource, seen.resource_version, $now::TIMESTAMP
FROM (
    SELECT unnest($resources::VARCHAR[]) AS resource, unnest($versions::VARCHAR[])::UBIGINT AS resource_version
) seen
WHERE seen.resource NOT IN (SELECT resource FROM watch_positions);
