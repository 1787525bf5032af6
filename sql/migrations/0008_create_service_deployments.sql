-- Rollouts of services and what they deployed. Rows stay after their resources are gone: they are the service's history.
CREATE TABLE service_deployments (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR NOT NULL,
    service_name VARCHAR NOT NULL,
    -- Of the ECSService: a later service of the same name has a history of its own.
    service_uid VARCHAR,
    status VARCHAR NOT NULL,
    doc JSON NOT NULL,
    status_reason VARCHAR AS (json_extract_string(doc, '$.statusReason')) VIRTUAL,
    finished_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.finishedAt') AS DOUBLE) AS BIGINT))) VIRTUAL
);

CREATE TABLE service_revisions (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR NOT NULL,
    service_name VARCHAR NOT NULL,
    service_uid VARCHAR,
    doc JSON NOT NULL,
    task_definition VARCHAR AS (json_extract_string(doc, '$.taskDefinition')) VIRTUAL
);

CREATE OR REPLACE VIEW current_state AS
SELECT 'ECSCluster' AS kind, uid, resource_version, deleted_at, arn, tags FROM clusters
UNION ALL
SELECT 'ECSService', uid, resource_version, deleted_at, arn, tags FROM services
UNION ALL
SELECT 'ECSTask', uid, resource_version, deleted_at, arn, tags FROM tasks
UNION ALL
SELECT 'ECSTaskDefinition', uid, resource_version, deleted_at, arn, tags FROM task_definitions
UNION ALL
SELECT 'ECSCapacityProvider', uid, resource_version, deleted_at, arn, tags FROM capacity_providers
UNION ALL
SELECT 'ECSSchedule', uid, resource_version, deleted_at, arn, tags FROM schedules
UNION ALL
SELECT 'ECSScalableTarget', uid, resource_version, deleted_at, arn, tags FROM scalable_targets
UNION ALL
SELECT 'ECSServiceDeployment', uid, resource_version, deleted_at, arn, NULL FROM service_deployments
UNION ALL
SELECT 'ECSServiceRevision', uid, resource_version, deleted_at, arn, NULL FROM service_revisions;
