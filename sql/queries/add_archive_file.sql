INSERT INTO archive_files
VALUES (
    $path::VARCHAR, $day::DATE, $rows::VARCHAR::UBIGINT, $bytes::VARCHAR::UBIGINT,
    $first_position::VARCHAR::UBIGINT, $last_position::VARCHAR::UBIGINT, $written_at::TIMESTAMP
);
