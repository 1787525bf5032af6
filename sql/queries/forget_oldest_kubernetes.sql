-- What was told up to a time, but for what later rows and what is still there build on: of each object that has either,
-- the last spec until then, and of what is still there the last row.
DELETE FROM kubernetes_history
WHERE changed_at <= $until::TIMESTAMP
    AND position NOT IN (
        SELECT max(position)
        FROM kubernetes_history
        WHERE spec IS NOT NULL
            AND changed_at <= $until::TIMESTAMP
            AND uid IN (
                SELECT uid
                FROM kubernetes_history
                GROUP BY uid
                HAVING max(changed_at) > $until::TIMESTAMP OR arg_max(change, position) <> 'DELETED'
            )
        GROUP BY uid
        UNION ALL
        SELECT max(position)
        FROM kubernetes_history
        GROUP BY uid
        HAVING arg_max(change, position) <> 'DELETED'
    );
