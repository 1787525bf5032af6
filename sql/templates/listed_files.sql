SELECT path FROM archive_files ORDER BY day, first_position, path;
