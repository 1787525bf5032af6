-- One row: which history this is, and the highest position that is in it no longer, or not in recent_history.
CREATE TABLE history_identity (
    epoch UBIGINT NOT NULL,
    floor UBIGINT NOT NULL
);

INSERT INTO history_identity SELECT epoch_ms(min(applied_at)), 0 FROM schema_migrations;
