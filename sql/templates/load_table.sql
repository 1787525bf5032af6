INSERT INTO {:table} ({:columns}) SELECT {:columns} FROM read_parquet('{file}', hive_partitioning = false{=reading});
