DELETE FROM recent_history WHERE position IN (SELECT unnest($positions::VARCHAR[])::UBIGINT);
