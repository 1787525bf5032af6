DELETE FROM stored_task_definitions WHERE uid IN (SELECT unnest($uids::VARCHAR[])) RETURNING family, revision;
