SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, schedule_type,
    schedule_name, state, tags, doc
FROM schedules;
