DELETE FROM service_revisions WHERE uid IN (SELECT unnest($uids::VARCHAR[]));
