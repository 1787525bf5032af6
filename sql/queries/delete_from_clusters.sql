DELETE FROM stored_clusters WHERE uid IN (SELECT unnest($uids::VARCHAR[])) RETURNING uid, cluster_name, arn;
