SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, family, revision, status,
    tags, doc
FROM task_definitions;
