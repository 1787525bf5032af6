SELECT count(*)::DOUBLE AS changes, max(changed_at) AS last_change FROM history;
