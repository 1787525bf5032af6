-- The highest position that the archive has.
SELECT floor::VARCHAR AS floor FROM history_identity;
