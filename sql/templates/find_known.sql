-- Of the outdated rows those that another replica's files have, with the very same object.
CREATE OR REPLACE TEMP TABLE known AS
SELECT DISTINCT o.position, o.ended_at
FROM outdated o
JOIN recent_history h USING (position)
JOIN (
    SELECT kind, uid, resource_version, change, hash(object::VARCHAR) AS object_hash
    FROM read_parquet([{files}], hive_partitioning = false{=reading})
) f
    ON f.kind = h.kind
    AND f.uid = h.uid
    AND f.resource_version = h.resource_version
    AND f.change = h.change
    AND f.object_hash = hash(h.object::VARCHAR);
