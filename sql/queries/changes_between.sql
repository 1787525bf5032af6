-- Changes after a position and up to a time, in order.
SELECT * FROM history
WHERE position > $after::VARCHAR::UBIGINT AND changed_at <= $until::TIMESTAMP
ORDER BY position
LIMIT $limit::INTEGER;
