-- Changes of the history that are in the archive of another replica: what is this one's own of each. The rest, and
-- so nearly all of it, is read from that archive's files, where (kind, uid, resource_version, change) says which it is.
CREATE TABLE shared_history (
    position UBIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    change VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    arn VARCHAR,
    -- On which it ceased to be its resource's latest state.
    day DATE NOT NULL
);
