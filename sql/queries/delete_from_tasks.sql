DELETE FROM stored_tasks WHERE uid IN (SELECT unnest($uids::VARCHAR[])) RETURNING uid, cluster_name, name;
