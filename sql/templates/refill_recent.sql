INSERT INTO recent_history BY NAME SELECT * FROM kept ORDER BY position;
