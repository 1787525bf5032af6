SELECT
    uid, namespace, name, resource_version, created_at, updated_at, deleted_at, arn, resource_id, tags, doc
FROM scalable_targets;
