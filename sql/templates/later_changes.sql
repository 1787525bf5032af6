-- Changes of files that no database lists, in order; one that two of them have is one.
SELECT DISTINCT ON (position) *
FROM read_parquet([{files}], hive_partitioning = false{=reading})
WHERE position > $after::VARCHAR::UBIGINT AND changed_at <= $until::TIMESTAMP
ORDER BY position
LIMIT $limit::INTEGER;
