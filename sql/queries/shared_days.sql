SELECT DISTINCT day::VARCHAR AS day FROM shared_history ORDER BY day;
