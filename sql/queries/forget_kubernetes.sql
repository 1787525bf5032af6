-- Whole stories only: of an object that is gone, once its last change is that old. What is still there keeps its rows,
-- for later ones build on them.
DELETE FROM kubernetes_history
WHERE changed_at < $before::TIMESTAMP
    AND uid IN (
        SELECT uid
        FROM kubernetes_history
        GROUP BY uid
        HAVING max(changed_at) < $before::TIMESTAMP AND arg_max(change, position) = 'DELETED'
    );
