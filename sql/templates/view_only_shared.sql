CREATE OR REPLACE VIEW archived_history AS
SELECT * FROM recent_history WHERE false
UNION ALL BY NAME
SELECT f.* REPLACE (s.position AS position, s.source AS source, s.changed_at AS changed_at, s.arn AS arn)
FROM read_parquet([{shared}], hive_partitioning = false{=reading}) f
JOIN shared_history s
    ON s.kind = f.kind AND s.uid = f.uid AND s.resource_version = f.resource_version AND s.change = f.change;
