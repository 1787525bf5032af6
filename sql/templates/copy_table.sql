COPY (SELECT {:columns} FROM {:table}) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480{=writing});
