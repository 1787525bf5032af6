-- Tables all of whose columns are stored.
SELECT table_name
FROM duckdb_tables()
WHERE NOT internal AND NOT temporary AND schema_name = 'main' AND NOT contains(sql, 'GENERATED ALWAYS')
ORDER BY table_name;
