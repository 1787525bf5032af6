DELETE FROM capacity_providers WHERE uid IN (SELECT unnest($uids::VARCHAR[])) RETURNING uid, arn;
