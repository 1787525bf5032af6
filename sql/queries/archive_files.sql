SELECT
    path, day::VARCHAR AS day, rows::DOUBLE AS rows, bytes::DOUBLE AS bytes,
    first_position::VARCHAR AS first_position, last_position::VARCHAR AS last_position, written_at
FROM archive_files
ORDER BY day, first_position, path;
