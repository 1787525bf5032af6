COPY (
    SELECT * FROM read_parquet('{from}', hive_partitioning = false{=reading})
    WHERE changed_at <= {until}::TIMESTAMP AND position NOT IN (SELECT position FROM history)
    ORDER BY kind, uid, position
) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480{=writing});
