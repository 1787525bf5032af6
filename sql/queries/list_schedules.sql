SELECT doc
FROM schedules
WHERE schedule_type = $type::VARCHAR
    AND ($prefix::VARCHAR IS NULL OR starts_with(schedule_name, $prefix::VARCHAR))
    AND ($state::VARCHAR IS NULL OR state = $state::VARCHAR)
    AND ($after::VARCHAR IS NULL OR schedule_name > $after::VARCHAR)
QUALIFY row_number() OVER (PARTITION BY schedule_name ORDER BY created_at, namespace, name) = 1
ORDER BY schedule_name
LIMIT $limit::INTEGER;
