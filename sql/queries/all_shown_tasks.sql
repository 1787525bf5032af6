-- What answers show, as much as changed last and is no longer than $bytes together, the last at the end. Documents are
-- measured before the windows and taken at the end: windows over all of them would not fit into memory.
WITH measured AS (
    SELECT cluster_name, name, uid, created_at, updated_at, deleted_at, strlen(doc) AS bytes
    FROM tasks
),
shown AS (
    SELECT uid, updated_at, bytes
    FROM measured
    QUALIFY row_number() OVER (PARTITION BY cluster_name, name ORDER BY deleted_at IS NOT NULL, created_at, uid) = 1
),
newest AS (
    SELECT uid
    FROM shown
    QUALIFY sum(bytes) OVER (ORDER BY updated_at DESC, uid ROWS UNBOUNDED PRECEDING) <= $bytes::BIGINT
)
SELECT cluster_name, namespace, name, uid, resource_version, deleted_at, doc
FROM tasks
SEMI JOIN newest USING (uid)
ORDER BY updated_at;
