-- States of one resource lie next to each other: they compress to little, and a reader of one skips the rest.
COPY (
    SELECT * FROM recent_history
    WHERE position IN (SELECT position FROM slice)
    ORDER BY kind, uid, position
) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480{=writing});
