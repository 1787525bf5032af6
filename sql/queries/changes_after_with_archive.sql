-- Like changes_after, for a reader that stopped so long ago that it is behind the archive.
WITH page AS (
    SELECT * FROM history WHERE position > $after::VARCHAR::UBIGINT ORDER BY position LIMIT $limit::INTEGER
)
SELECT position, kind, uid, resource_version, change, source, changed_at, namespace, name, arn, object, previous
FROM (
    SELECT *, lag(object) OVER (PARTITION BY kind, uid ORDER BY position) AS previous
    FROM history
    WHERE uid IN (SELECT uid FROM page) AND position <= (SELECT max(position) FROM page)
)
WHERE position > $after::VARCHAR::UBIGINT
ORDER BY position;
