-- Writes a Parquet file anew, with the key that is in use now, or plain.
COPY (SELECT * FROM read_parquet('{from}', hive_partitioning = false{=reading}))
TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480{=writing});
