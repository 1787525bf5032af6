-- Task sets that there are: one that is gone is no longer described.
CREATE TABLE task_sets (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR,
    service_name VARCHAR NOT NULL,
    -- Of the ECSService, once it owns the task set.
    service_uid VARCHAR,
    status VARCHAR NOT NULL,
    doc JSON NOT NULL,
    tags JSON AS (json_extract(doc, '$.tags')) VIRTUAL,
    external_id VARCHAR AS (json_extract_string(doc, '$.externalId')) VIRTUAL,
    stability_status VARCHAR AS (json_extract_string(doc, '$.stabilityStatus')) VIRTUAL
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
SELECT 'ECSServiceRevision', uid, resource_version, deleted_at, arn, NULL FROM service_revisions
UNION ALL
SELECT 'ECSTaskSet', uid, resource_version, deleted_at, arn, tags FROM task_sets;
