CREATE OR REPLACE VIEW archived_history AS
SELECT * FROM read_parquet([{files}], hive_partitioning = false{=reading});
