-- What of the history has gone to Parquet files beside this file, and views over both. The archive's view is made anew
-- whenever the files change, in the transaction that moves the rows, so that every reader sees each row once.
ALTER TABLE history RENAME TO recent_history;

CREATE TABLE archive_files (
    -- Within the archive's folder.
    path VARCHAR NOT NULL,
    -- The day (UTC) on which its rows ceased to be their resources' latest state.
    day DATE NOT NULL,
    rows UBIGINT NOT NULL,
    bytes UBIGINT NOT NULL,
    first_position UBIGINT NOT NULL,
    last_position UBIGINT NOT NULL,
    written_at TIMESTAMP NOT NULL
);

CREATE VIEW archived_history AS
SELECT * FROM recent_history WHERE false;

CREATE VIEW history AS
SELECT * FROM recent_history
UNION ALL BY NAME
SELECT * FROM archived_history;
