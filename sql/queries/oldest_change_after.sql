SELECT min(changed_at) AS changed_at FROM history WHERE position > $after::VARCHAR::UBIGINT;
