SELECT position::VARCHAR AS position, ended_at::DATE::VARCHAR AS day FROM known ORDER BY ended_at, position;
