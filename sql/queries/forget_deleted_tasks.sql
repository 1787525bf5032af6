DELETE FROM stored_tasks WHERE deleted_at < $before::TIMESTAMP RETURNING uid, cluster_name, name;
