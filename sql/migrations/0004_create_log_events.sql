-- Output of containers whose log driver is awslogs, as CloudWatch Logs shows it. Times are milliseconds since 1970.

CREATE TABLE log_streams (
    id BIGINT NOT NULL,
    group_name VARCHAR NOT NULL,
    stream_name VARCHAR NOT NULL,
    created_at BIGINT NOT NULL,
    -- The latest line taken (RFC 3339 with nanoseconds), and how many events of its second were: here reading goes on.
    resume_at VARCHAR NOT NULL,
    resume_count INTEGER NOT NULL,
    -- False after its log group was deleted, until it has events again.
    visible BOOLEAN NOT NULL
);

CREATE TABLE log_events (
    stream BIGINT NOT NULL,
    -- Order of arrival over all streams; microseconds since 1970, made unique. Its milliseconds are the ingestion time.
    seq BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    -- What CloudWatch Logs counts: bytes in UTF-8 and 26 more.
    size INTEGER NOT NULL,
    message VARCHAR NOT NULL
);
