-- Of a file, the rows that the history does not have, up to a time.
SELECT
    count(*)::DOUBLE AS rows,
    count(*) FILTER (unknown)::DOUBLE AS unknown,
    min(position) FILTER (unknown)::VARCHAR AS first,
    max(position) FILTER (unknown)::VARCHAR AS last
FROM (
    SELECT
        position,
        changed_at <= $until::TIMESTAMP AND position NOT IN (SELECT position FROM history) AS unknown
    FROM read_parquet('{file}', hive_partitioning = false{=reading})
);
