SELECT
    epoch::VARCHAR AS epoch,
    greatest(floor, (SELECT coalesce(max(position), 0) FROM recent_history))::VARCHAR AS head,
    version() AS duckdb,
    (SELECT max(version) FROM schema_migrations) AS schema_version
FROM history_identity;
