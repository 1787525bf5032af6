SELECT namespace, name, uid, resource_version, deleted_at, doc
FROM schedules
WHERE schedule_type = $type::VARCHAR AND schedule_name = $name::VARCHAR
ORDER BY created_at, namespace, name
LIMIT 1;
