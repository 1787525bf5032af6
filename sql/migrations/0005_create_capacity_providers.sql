CREATE TABLE capacity_providers (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    provider_name VARCHAR NOT NULL,
    -- Of one that a single cluster can use.
    cluster_name VARCHAR,
    status VARCHAR NOT NULL,
    doc JSON NOT NULL,
    tags JSON AS (json_extract(doc, '$.tags')) VIRTUAL
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
SELECT 'ECSCapacityProvider', uid, resource_version, deleted_at, arn, tags FROM capacity_providers;
