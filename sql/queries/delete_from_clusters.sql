DELETE FROM stored_clusters WHERE uid IN (SELECT unnest($uids::VARCHAR[])) RETURNING cluster_name;
