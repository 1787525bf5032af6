-- Fails where the key is not that of the file.
SELECT 1 FROM read_parquet('{file}', hive_partitioning = false{=reading}) LIMIT 0;
