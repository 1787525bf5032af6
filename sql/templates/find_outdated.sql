-- Rows of the history that ceased to be their resource's latest state before a time: the next change had come, or it
-- was a deletion. What is still shown (a deleted service as INACTIVE, too) stays, and so does the last state of a
-- resource of Kubernetes' own that has not been deleted; an Event of Kubernetes' is over when it has happened.
CREATE OR REPLACE TEMP TABLE outdated AS
SELECT position, coalesce(next_at, changed_at) AS ended_at
FROM (
    SELECT
        position, kind, uid, resource_version, change, changed_at,
        lead(changed_at) OVER (PARTITION BY kind, uid ORDER BY position) AS next_at
    FROM recent_history
) h
WHERE coalesce(next_at, changed_at) < $before::TIMESTAMP
    AND (next_at IS NOT NULL OR change = 'DELETED' OR kind LIKE 'ECS%' OR kind = 'Event')
    AND NOT EXISTS (
        SELECT 1 FROM current_state s
        WHERE s.kind = h.kind AND s.uid = h.uid AND s.resource_version = h.resource_version
    )
ORDER BY ended_at, position
LIMIT $limit::INTEGER;
