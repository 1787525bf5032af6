-- Who called what through the gateway: kept for a time of its own, apart from the history.
CREATE TABLE api_call_log (
    called_at TIMESTAMP NOT NULL,
    request_id VARCHAR NOT NULL,
    api VARCHAR NOT NULL,
    operation VARCHAR NOT NULL,
    mutating BOOLEAN NOT NULL,
    -- As the request says; signatures are not verified.
    access_key_id VARCHAR,
    source_ip VARCHAR,
    user_agent VARCHAR,
    -- ARNs, a JSON list.
    resources JSON NOT NULL,
    -- OK, or the error's code.
    result VARCHAR NOT NULL,
    http_status INTEGER NOT NULL,
    latency_ms DOUBLE NOT NULL
);

CREATE VIEW api_calls AS
SELECT
    called_at,
    api,
    operation,
    mutating,
    access_key_id,
    source_ip,
    user_agent,
    CAST(resources AS VARCHAR[]) AS resources,
    result,
    http_status,
    latency_ms,
    request_id
FROM api_call_log;
