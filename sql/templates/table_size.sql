-- Bytes of the DuckDB file that a table takes, as of the last checkpoint, and its rows. Not to be prepared: what a
-- pragma function says is read when the statement is.
SELECT
    (
        (SELECT count(DISTINCT block_id) FROM pragma_storage_info('{table}') WHERE block_id >= 0)
        * (SELECT block_size FROM pragma_database_size() WHERE database_name = current_database())
    )::DOUBLE AS bytes,
    (SELECT count(*) FROM {:table})::DOUBLE AS rows;
