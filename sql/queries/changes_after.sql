-- The changes after a position in their order, each with the resource as it was before it: of what is not in the archive,
-- which is all that changed lately together with what it replaced. Where that stands is looked for without the objects,
-- which are by far the most of a row.
WITH page AS MATERIALIZED (
    SELECT * FROM recent_history WHERE position > $after::VARCHAR::UBIGINT ORDER BY position LIMIT $limit::INTEGER
),

before AS MATERIALIZED (
    SELECT page.position, max(history.position) AS previous_position
    FROM recent_history AS history
    JOIN page ON history.uid = page.uid AND history.kind = page.kind
    WHERE history.position < page.position
    GROUP BY page.position
)

SELECT
    page.position, page.kind, page.uid, page.resource_version, page.change, page.source, page.changed_at, page.namespace,
    page.name, page.arn, page.object, previous.object AS previous
FROM page
LEFT JOIN before ON before.position = page.position
LEFT JOIN recent_history previous ON previous.position = before.previous_position
ORDER BY page.position;
