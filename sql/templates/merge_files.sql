COPY (
    SELECT * FROM read_parquet([{files}], hive_partitioning = false{=reading}) ORDER BY kind, uid, position
) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480{=writing});
