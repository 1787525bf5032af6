COPY (
    SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false) ORDER BY kind, uid, position
) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480);
