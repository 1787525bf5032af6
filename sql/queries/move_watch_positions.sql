UPDATE watch_positions
SET resource_version = moved.resource_version, updated_at = $now::TIMESTAMP
FROM (
    SELECT unnest($resources::VARCHAR[]) AS resource, unnest($versions::VARCHAR[])::UBIGINT AS resource_version
) moved
WHERE watch_positions.resource = moved.resource;
