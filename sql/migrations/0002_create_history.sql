-- Every change that was seen, one row each: (kind, uid, resource_version) occurs once. Rows are only ever added.
CREATE TABLE history (
    kind VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    -- ADDED, MODIFIED or DELETED.
    change VARCHAR NOT NULL,
    -- `watch`: as it happened; `relist`: found by comparing, changes between may be missing.
    source VARCHAR NOT NULL,
    -- When it was seen here (UTC).
    changed_at TIMESTAMP NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    arn VARCHAR,
    -- The whole resource without managedFields; of a deleted one its last state.
    object JSON NOT NULL
);
