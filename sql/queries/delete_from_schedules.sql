DELETE FROM schedules WHERE uid IN (SELECT unnest($uids::VARCHAR[]));
