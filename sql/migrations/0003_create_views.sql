CREATE VIEW current_state AS
SELECT 'ECSCluster' AS kind, uid, resource_version, deleted_at, arn, tags FROM clusters
UNION ALL
SELECT 'ECSService', uid, resource_version, deleted_at, arn, tags FROM services
UNION ALL
SELECT 'ECSTask', uid, resource_version, deleted_at, arn, tags FROM tasks
UNION ALL
SELECT 'ECSTaskDefinition', uid, resource_version, deleted_at, arn, tags FROM task_definitions;

CREATE VIEW resource_tags AS
SELECT
    resource_arn,
    json_extract_string(tag, '$.key') AS tag_key,
    json_extract_string(tag, '$.value') AS tag_value
FROM (
    SELECT arn AS resource_arn, unnest(CAST(tags AS JSON[])) AS tag
    FROM current_state
    WHERE arn IS NOT NULL AND deleted_at IS NULL
);

CREATE VIEW events AS
SELECT
    uid || ':' || resource_version AS id,
    kind || ' ' || change AS event_type,
    arn AS resource_arn,
    kind AS resource_type,
    change AS action,
    changed_at AS timestamp,
    object AS data,
    CAST(NULL AS VARCHAR) AS correlation_id,
    json_extract_string(object, '$.metadata.annotations."kecs.io/created-by"') AS user_identity
FROM history;
