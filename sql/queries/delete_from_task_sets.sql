DELETE FROM task_sets WHERE uid IN (SELECT unnest($uids::VARCHAR[]));
