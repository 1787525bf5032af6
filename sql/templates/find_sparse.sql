-- Rows of a table that share their row group with more that was deleted, or with few: at most about {limit} of them,
-- whole row groups.
CREATE OR REPLACE TEMP TABLE sparse AS
WITH row_groups AS (
    SELECT row_group_id, sum(count) AS rows, sum(sum(count)) OVER (ORDER BY row_group_id) - sum(count) AS first
    FROM pragma_storage_info('{table}')
    WHERE column_id = 0 AND segment_type <> 'VALIDITY'
    GROUP BY row_group_id
),
living AS (
    SELECT g.first, any_value(g.rows) AS rows, count(*) AS living
    FROM (SELECT rowid AS row_id FROM {:table}) t
    ASOF JOIN row_groups g ON t.row_id >= g.first
    GROUP BY g.first
),
chosen AS (
    SELECT first, rows, living, sum(living) OVER (ORDER BY first) - living AS before
    FROM living
    WHERE 2 * living < rows OR living < 1024
)
SELECT t.rowid AS row_id, c.first AS row_group, c.rows - c.living AS deleted, t.*
FROM {:table} t
JOIN chosen c ON t.rowid >= c.first AND t.rowid < c.first + c.rows
WHERE c.before < {limit}
ORDER BY t.rowid;
