SELECT tags
FROM current_state
WHERE arn = $arn::VARCHAR
ORDER BY deleted_at IS NOT NULL
LIMIT 1;
