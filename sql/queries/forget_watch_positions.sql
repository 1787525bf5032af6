DELETE FROM watch_positions;
