SELECT min(changed_at) AS first_change FROM history;
