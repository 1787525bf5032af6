-- The current state of each kind, one row a resource (uid); where a deleted one stays visible, deleted_at is set.
-- Columns that the answer in `doc` holds already are virtual: computed when they are read, stored nowhere.
--
-- There are no keys and no indexes, on purpose. One writer replaces rows by uid (DELETE, then append) and so makes
-- them unique. DuckDB's indexes, when rows are deleted and inserted again under readers, refuse keys that are free
-- (https://github.com/duckdb/duckdb/pull/20119) or break so that the database is invalidated
-- (https://github.com/duckdb/duckdb/issues/23645), and they keep checkpoints from reclaiming deleted rows.

CREATE TABLE clusters (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    owned_namespace VARCHAR NOT NULL,
    doc JSON NOT NULL,
    tags JSON AS (json_extract(doc, '$.tags')) VIRTUAL,
    capacity_providers JSON AS (json_extract(doc, '$.capacityProviders')) VIRTUAL,
    default_capacity_provider_strategy JSON AS (json_extract(doc, '$.defaultCapacityProviderStrategy')) VIRTUAL,
    settings JSON AS (json_extract(doc, '$.settings')) VIRTUAL,
    configuration JSON AS (json_extract(doc, '$.configuration')) VIRTUAL,
    attachments JSON AS (json_extract(doc, '$.attachments')) VIRTUAL,
    attachments_status VARCHAR AS (json_extract_string(doc, '$.attachmentsStatus')) VIRTUAL
);

CREATE TABLE services (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR NOT NULL,
    -- The cluster follows from the namespace alone, so it changes when a cluster takes the namespace.
    implicit_cluster BOOLEAN NOT NULL,
    service_name VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    launch_type VARCHAR,
    scheduling_strategy VARCHAR,
    resource_management_type VARCHAR,
    client_token VARCHAR,
    doc JSON NOT NULL,
    cluster_arn VARCHAR AS (json_extract_string(doc, '$.clusterArn')) VIRTUAL,
    desired_count INTEGER AS (CAST(json_extract(doc, '$.desiredCount') AS INTEGER)) VIRTUAL,
    running_count INTEGER AS (CAST(json_extract(doc, '$.runningCount') AS INTEGER)) VIRTUAL,
    pending_count INTEGER AS (CAST(json_extract(doc, '$.pendingCount') AS INTEGER)) VIRTUAL,
    task_definition VARCHAR AS (json_extract_string(doc, '$.taskDefinition')) VIRTUAL,
    platform_version VARCHAR AS (json_extract_string(doc, '$.platformVersion')) VIRTUAL,
    platform_family VARCHAR AS (json_extract_string(doc, '$.platformFamily')) VIRTUAL,
    deployment_configuration JSON AS (json_extract(doc, '$.deploymentConfiguration')) VIRTUAL,
    deployments JSON AS (json_extract(doc, '$.deployments')) VIRTUAL,
    role_arn VARCHAR AS (json_extract_string(doc, '$.roleArn')) VIRTUAL,
    events JSON AS (json_extract(doc, '$.events')) VIRTUAL,
    placement_constraints JSON AS (json_extract(doc, '$.placementConstraints')) VIRTUAL,
    placement_strategy JSON AS (json_extract(doc, '$.placementStrategy')) VIRTUAL,
    network_configuration JSON AS (json_extract(doc, '$.networkConfiguration')) VIRTUAL,
    health_check_grace_period_seconds INTEGER
        AS (CAST(json_extract(doc, '$.healthCheckGracePeriodSeconds') AS INTEGER)) VIRTUAL,
    deployment_controller JSON AS (json_extract(doc, '$.deploymentController')) VIRTUAL,
    tags JSON AS (json_extract(doc, '$.tags')) VIRTUAL,
    enable_ecs_managed_tags BOOLEAN AS (CAST(json_extract(doc, '$.enableECSManagedTags') AS BOOLEAN)) VIRTUAL,
    propagate_tags VARCHAR AS (json_extract_string(doc, '$.propagateTags')) VIRTUAL,
    enable_execute_command BOOLEAN AS (CAST(json_extract(doc, '$.enableExecuteCommand') AS BOOLEAN)) VIRTUAL,
    created_by VARCHAR AS (json_extract_string(doc, '$.createdBy')) VIRTUAL
);

CREATE TABLE tasks (
    -- `name` is the task's id.
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    cluster_name VARCHAR NOT NULL,
    implicit_cluster BOOLEAN NOT NULL,
    -- Of a service's task; from its group `service:<name>`.
    service_name VARCHAR,
    service_arn VARCHAR,
    family VARCHAR,
    status VARCHAR NOT NULL,
    desired_status VARCHAR NOT NULL,
    launch_type VARCHAR,
    group_name VARCHAR,
    started_by VARCHAR,
    container_instance_arn VARCHAR,
    client_token VARCHAR,
    doc JSON NOT NULL,
    cluster_arn VARCHAR AS (json_extract_string(doc, '$.clusterArn')) VIRTUAL,
    task_definition_arn VARCHAR AS (json_extract_string(doc, '$.taskDefinitionArn')) VIRTUAL,
    containers JSON AS (json_extract(doc, '$.containers')) VIRTUAL,
    cpu VARCHAR AS (json_extract_string(doc, '$.cpu')) VIRTUAL,
    memory VARCHAR AS (json_extract_string(doc, '$.memory')) VIRTUAL,
    platform_version VARCHAR AS (json_extract_string(doc, '$.platformVersion')) VIRTUAL,
    platform_family VARCHAR AS (json_extract_string(doc, '$.platformFamily')) VIRTUAL,
    availability_zone VARCHAR AS (json_extract_string(doc, '$.availabilityZone')) VIRTUAL,
    started_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.startedAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    stopping_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.stoppingAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    stopped_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.stoppedAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    pull_started_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.pullStartedAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    pull_stopped_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.pullStoppedAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    execution_stopped_at TIMESTAMP
        AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.executionStoppedAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    connectivity_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.connectivityAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    stop_code VARCHAR AS (json_extract_string(doc, '$.stopCode')) VIRTUAL,
    stopped_reason VARCHAR AS (json_extract_string(doc, '$.stoppedReason')) VIRTUAL,
    connectivity VARCHAR AS (json_extract_string(doc, '$.connectivity')) VIRTUAL,
    health_status VARCHAR AS (json_extract_string(doc, '$.healthStatus')) VIRTUAL,
    inference_accelerators JSON AS (json_extract(doc, '$.inferenceAccelerators')) VIRTUAL,
    attributes JSON AS (json_extract(doc, '$.attributes')) VIRTUAL,
    version BIGINT AS (CAST(json_extract(doc, '$.version') AS BIGINT)) VIRTUAL,
    ephemeral_storage JSON AS (json_extract(doc, '$.ephemeralStorage')) VIRTUAL,
    enable_execute_command BOOLEAN AS (CAST(json_extract(doc, '$.enableExecuteCommand') AS BOOLEAN)) VIRTUAL,
    tags JSON AS (json_extract(doc, '$.tags')) VIRTUAL
);

CREATE TABLE task_definitions (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    -- Without a revision, and so without an ARN, until the operator has given one.
    arn VARCHAR,
    family VARCHAR NOT NULL,
    revision INTEGER,
    status VARCHAR NOT NULL,
    -- Not part of the answer's shape.
    tags JSON NOT NULL,
    doc JSON NOT NULL,
    task_role_arn VARCHAR AS (json_extract_string(doc, '$.taskRoleArn')) VIRTUAL,
    execution_role_arn VARCHAR AS (json_extract_string(doc, '$.executionRoleArn')) VIRTUAL,
    network_mode VARCHAR AS (json_extract_string(doc, '$.networkMode')) VIRTUAL,
    container_definitions JSON AS (json_extract(doc, '$.containerDefinitions')) VIRTUAL,
    volumes JSON AS (json_extract(doc, '$.volumes')) VIRTUAL,
    placement_constraints JSON AS (json_extract(doc, '$.placementConstraints')) VIRTUAL,
    requires_compatibilities JSON AS (json_extract(doc, '$.requiresCompatibilities')) VIRTUAL,
    cpu VARCHAR AS (json_extract_string(doc, '$.cpu')) VIRTUAL,
    memory VARCHAR AS (json_extract_string(doc, '$.memory')) VIRTUAL,
    pid_mode VARCHAR AS (json_extract_string(doc, '$.pidMode')) VIRTUAL,
    ipc_mode VARCHAR AS (json_extract_string(doc, '$.ipcMode')) VIRTUAL,
    proxy_configuration JSON AS (json_extract(doc, '$.proxyConfiguration')) VIRTUAL,
    inference_accelerators JSON AS (json_extract(doc, '$.inferenceAccelerators')) VIRTUAL,
    ephemeral_storage JSON AS (json_extract(doc, '$.ephemeralStorage')) VIRTUAL,
    runtime_platform JSON AS (json_extract(doc, '$.runtimePlatform')) VIRTUAL,
    requires_attributes JSON AS (json_extract(doc, '$.requiresAttributes')) VIRTUAL,
    registered_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.registeredAt') AS DOUBLE) AS BIGINT))) VIRTUAL,
    registered_by VARCHAR AS (json_extract_string(doc, '$.registeredBy')) VIRTUAL,
    deregistered_at TIMESTAMP AS (make_timestamp(CAST(1e6 * CAST(json_extract(doc, '$.deregisteredAt') AS DOUBLE) AS BIGINT))) VIRTUAL
);

-- The highest revision of each family ever seen: it outlives the task definitions, so that none comes back.
CREATE TABLE task_definition_families (
    family VARCHAR NOT NULL,
    latest_revision INTEGER NOT NULL
);

-- How far each resource's watch has been committed.
CREATE TABLE watch_positions (
    resource VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
