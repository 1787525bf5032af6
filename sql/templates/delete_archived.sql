DELETE FROM recent_history
WHERE position IN (SELECT position FROM read_parquet('{file}', hive_partitioning = false{=reading}));
