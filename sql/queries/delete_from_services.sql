DELETE FROM stored_services WHERE uid IN (SELECT unnest($uids::VARCHAR[]))
RETURNING uid, cluster_name, service_name, arn;
