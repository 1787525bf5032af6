-- Tables and their columns, in order; those that are computed come last and are taken off with an appender's count.
SELECT t.table_name, list(c.column_name ORDER BY c.column_index) AS columns
FROM duckdb_tables() t
JOIN duckdb_columns() c USING (database_name, schema_name, table_name)
WHERE NOT t.internal AND NOT t.temporary AND t.schema_name = 'main' AND t.table_name <> 'schema_migrations'
GROUP BY ALL
ORDER BY t.table_name;
