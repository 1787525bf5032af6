DELETE FROM service_deployments WHERE uid IN (SELECT unnest($uids::VARCHAR[]));
