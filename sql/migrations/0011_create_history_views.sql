-- What people ask of the history, under names that say what a row is. Times are UTC.

-- A change with the parts of its ARN; service_name of a task is that of its service.
CREATE VIEW changes AS
SELECT
    position,
    changed_at,
    kind,
    change,
    source,
    arn,
    CASE
        WHEN kind IN ('ECSCluster', 'ECSService', 'ECSTask', 'ECSTaskSet', 'ECSServiceDeployment', 'ECSServiceRevision')
            THEN split_part(arn, '/', 2)
    END AS cluster_name,
    CASE
        WHEN kind IN ('ECSService', 'ECSTaskSet', 'ECSServiceDeployment', 'ECSServiceRevision')
            THEN split_part(arn, '/', 3)
        WHEN json_extract_string(object, '$.spec.group') LIKE 'service:%'
            THEN substr(json_extract_string(object, '$.spec.group'), 9)
    END AS service_name,
    uid,
    namespace,
    name,
    object
FROM history;

-- A task that stopped, or was deleted before it had.
CREATE VIEW task_stops AS
SELECT
    coalesce(TRY_CAST(json_extract_string(object, '$.status.stoppedAt') AS TIMESTAMP), changed_at) AS stopped_at,
    cluster_name,
    service_name,
    split_part(json_extract_string(object, '$.status.taskDefinitionArn'), '/', 2) AS task_definition,
    arn AS task_arn,
    coalesce(json_extract_string(object, '$.status.stopCode'), 'UserInitiated') AS stop_code,
    json_extract_string(object, '$.status.stoppedReason') AS stopped_reason,
    round(epoch(
        coalesce(TRY_CAST(json_extract_string(object, '$.status.stoppedAt') AS TIMESTAMP), changed_at)
        - TRY_CAST(json_extract_string(object, '$.status.startedAt') AS TIMESTAMP)
    ), 1) AS seconds_run,
    object
FROM changes
WHERE kind = 'ECSTask' AND (json_extract_string(object, '$.status.lastStatus') = 'STOPPED' OR change = 'DELETED')
QUALIFY row_number() OVER (PARTITION BY uid ORDER BY position) = 1;

-- A container of a task that stopped. An exit code is missing where the container never ran.
CREATE VIEW container_exits AS
SELECT
    stopped_at,
    cluster_name,
    service_name,
    task_definition,
    task_arn,
    json_extract_string(container, '$.name') AS container_name,
    CAST(json_extract(container, '$.exitCode') AS INTEGER) AS exit_code,
    json_extract_string(container, '$.reason') AS reason,
    json_extract_string(container, '$.image') AS image
FROM (
    SELECT *, unnest(CAST(json_extract(object, '$.status.containers') AS JSON[])) AS container
    FROM task_stops
);

-- A task that began to run: how long that took, and the pull of its images of it.
CREATE VIEW task_starts AS
SELECT
    TRY_CAST(json_extract_string(object, '$.status.startedAt') AS TIMESTAMP) AS started_at,
    cluster_name,
    service_name,
    split_part(json_extract_string(object, '$.status.taskDefinitionArn'), '/', 2) AS task_definition,
    arn AS task_arn,
    json_extract_string(object, '$.status.nodeName') AS node_name,
    round(epoch(
        TRY_CAST(json_extract_string(object, '$.status.startedAt') AS TIMESTAMP)
        - TRY_CAST(json_extract_string(object, '$.status.createdAt') AS TIMESTAMP)
    ), 1) AS seconds_to_start,
    round(epoch(
        TRY_CAST(json_extract_string(object, '$.status.pullStoppedAt') AS TIMESTAMP)
        - TRY_CAST(json_extract_string(object, '$.status.pullStartedAt') AS TIMESTAMP)
    ), 1) AS seconds_pulling
FROM changes
WHERE kind = 'ECSTask' AND json_extract_string(object, '$.status.startedAt') IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY uid ORDER BY position) = 1;

-- A change of a task's last status that was seen, and how long the status before had lasted.
CREATE VIEW task_status_changes AS
SELECT
    changed_at, cluster_name, service_name, task_arn, status_before, status,
    round(epoch(changed_at - before_at), 1) AS seconds_before
FROM (
    SELECT
        changed_at, cluster_name, service_name, arn AS task_arn, status,
        lag(status) OVER (PARTITION BY uid ORDER BY position) AS status_before,
        lag(changed_at) OVER (PARTITION BY uid ORDER BY position) AS before_at
    FROM (
        SELECT *, coalesce(json_extract_string(object, '$.status.lastStatus'), 'PROVISIONING') AS status
        FROM changes
        WHERE kind = 'ECSTask' AND change <> 'DELETED'
    )
    QUALIFY status IS DISTINCT FROM lag(status) OVER (PARTITION BY uid ORDER BY position)
)
WHERE status_before IS DISTINCT FROM status;

-- A deployment of a service, as it was last seen.
CREATE VIEW service_rollouts AS
SELECT
    TRY_CAST(json_extract_string(deployment, '$.createdAt') AS TIMESTAMP) AS created_at,
    TRY_CAST(json_extract_string(deployment, '$.updatedAt') AS TIMESTAMP) AS updated_at,
    cluster_name,
    service_name,
    json_extract_string(deployment, '$.id') AS deployment_id,
    split_part(json_extract_string(deployment, '$.taskDefinition'), '/', 2) AS task_definition,
    json_extract_string(deployment, '$.rolloutState') AS rollout_state,
    json_extract_string(deployment, '$.rolloutStateReason') AS rollout_state_reason,
    CAST(json_extract(deployment, '$.desiredCount') AS INTEGER) AS desired_count,
    CAST(json_extract(deployment, '$.failedTasks') AS INTEGER) AS failed_tasks,
    position,
    uid
FROM (
    SELECT *, unnest(CAST(json_extract(object, '$.status.deployments') AS JSON[])) AS deployment
    FROM changes
    WHERE kind = 'ECSService'
)
QUALIFY row_number() OVER (PARTITION BY uid, json_extract_string(deployment, '$.id') ORDER BY position DESC) = 1;

CREATE VIEW service_deployments_failed AS
SELECT * EXCLUDE (position, uid) FROM service_rollouts WHERE rollout_state = 'FAILED';

CREATE VIEW service_deployments_completed AS
SELECT * EXCLUDE (position, uid) FROM service_rollouts WHERE rollout_state = 'COMPLETED';

-- What a service has said of itself, once each; DescribeServices shows the last hundred of these.
CREATE VIEW service_events AS
SELECT
    TRY_CAST(json_extract_string(event, '$.createdAt') AS TIMESTAMP) AS created_at,
    cluster_name,
    service_name,
    json_extract_string(event, '$.message') AS message
FROM (
    SELECT *, unnest(CAST(json_extract(object, '$.status.events') AS JSON[])) AS event
    FROM changes
    WHERE kind = 'ECSService'
)
QUALIFY row_number() OVER (PARTITION BY uid, json_extract_string(event, '$.id') ORDER BY position) = 1;

-- A change of what a service is to run: how many tasks, of which task definition.
CREATE VIEW service_updates AS
SELECT
    changed_at, cluster_name, service_name,
    desired_count_before, desired_count,
    task_definition_before, task_definition
FROM (
    SELECT
        *,
        lag(desired_count) OVER (PARTITION BY uid ORDER BY position) AS desired_count_before,
        lag(task_definition) OVER (PARTITION BY uid ORDER BY position) AS task_definition_before,
        row_number() OVER (PARTITION BY uid ORDER BY position) AS number
    FROM (
        SELECT
            *,
            CAST(json_extract(object, '$.spec.desiredCount') AS INTEGER) AS desired_count,
            json_extract_string(object, '$.spec.taskDefinition') AS task_definition
        FROM changes
        WHERE kind = 'ECSService' AND change <> 'DELETED'
    )
)
WHERE number > 1
    AND (desired_count IS DISTINCT FROM desired_count_before
        OR task_definition IS DISTINCT FROM task_definition_before);

-- A cluster, service, task or task definition that came to be; created_by is the access key of a call of the API.
CREATE VIEW resources_created AS
SELECT
    TRY_CAST(json_extract_string(object, '$.metadata.creationTimestamp') AS TIMESTAMP) AS created_at,
    kind,
    cluster_name,
    service_name,
    arn,
    json_extract_string(object, '$.metadata.annotations."kecs.io/created-by"') AS created_by
FROM changes
QUALIFY row_number() OVER (PARTITION BY kind, uid ORDER BY position) = 1;

-- One that was deleted. Tasks go some time after they stopped: task_stops says when that was.
CREATE VIEW resources_deleted AS
SELECT changed_at AS deleted_at, kind, cluster_name, service_name, arn, namespace, name
FROM changes
WHERE change = 'DELETED';
