-- Bytes that queries take, in memory or spilled to disk; without what is merely cached of the file.
SELECT coalesce(sum(memory_usage_bytes + temporary_storage_bytes), 0)::DOUBLE AS bytes
FROM duckdb_memory()
WHERE tag NOT IN ('BASE_TABLE', 'METADATA', 'ART_INDEX', 'EXTENSION', 'TRANSACTION', 'EXTERNAL_FILE_CACHE', 'OBJECT_CACHE');
