-- Bytes of the DuckDB file that a table takes, as of the last checkpoint, and its rows. Not to be prepared: what a
-- pragma function says is read when the statement is.
SELECT
    (SELECT count(DISTINCT block_id) * 262144.0 FROM pragma_storage_info('{table}') WHERE block_id >= 0)::DOUBLE AS bytes,
    (SELECT count(*) FROM {:table})::DOUBLE AS rows;
