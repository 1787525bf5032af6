-- Schedules of EventBridge Scheduler and rules of EventBridge, which start tasks.
CREATE TABLE schedules (
    uid VARCHAR NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    arn VARCHAR NOT NULL,
    -- SCHEDULE or RULE: which API shows it.
    schedule_type VARCHAR NOT NULL,
    schedule_name VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    tags JSON NOT NULL,
    -- GetSchedule's answer; of a rule DescribeRule's with its targets.
    doc JSON NOT NULL
);
