DELETE FROM watch_positions WHERE resource IN (SELECT unnest($resources::VARCHAR[]));
