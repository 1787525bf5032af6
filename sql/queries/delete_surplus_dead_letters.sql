-- The oldest of a target beyond a number.
DELETE FROM webhook_dead_letters
WHERE target = $target::VARCHAR
    AND rowid IN (
        SELECT rowid
        FROM webhook_dead_letters
        WHERE target = $target::VARCHAR
        QUALIFY row_number() OVER (ORDER BY failed_at DESC, event_id) > $keep::INTEGER
    )
RETURNING event_id;
