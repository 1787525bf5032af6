DELETE FROM scalable_targets WHERE uid IN (SELECT unnest($uids::VARCHAR[]));
