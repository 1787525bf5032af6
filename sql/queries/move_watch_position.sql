UPDATE watch_positions
SET resource_version = $resource_version::VARCHAR::UBIGINT, updated_at = $now::TIMESTAMP
WHERE resource = $resource::VARCHAR;
