DELETE FROM archive_files WHERE path IN (SELECT unnest($paths::VARCHAR[]));
