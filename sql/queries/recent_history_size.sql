-- Bytes of the DuckDB file that the history takes, as of the last checkpoint, and its rows.
SELECT
    (SELECT count(DISTINCT block_id) * 262144.0 FROM pragma_storage_info('recent_history') WHERE block_id >= 0)::DOUBLE
        AS bytes,
    (SELECT count(*) FROM recent_history)::DOUBLE AS rows;
