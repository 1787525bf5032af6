INSERT INTO watch_positions
VALUES ($resource::VARCHAR, $resource_version::VARCHAR::UBIGINT, $now::TIMESTAMP);
