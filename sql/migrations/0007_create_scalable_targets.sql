-- Services that Application Auto Scaling scales.
CREATE TABLE scalable_targets (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    -- service/<cluster>/<service>
    resource_id VARCHAR NOT NULL,
    tags JSON NOT NULL,
    -- The scalable target, its policies, scheduled actions and activities.
    doc JSON NOT NULL
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
SELECT 'ECSScalableTarget', uid, resource_version, deleted_at, arn, tags FROM scalable_targets;
