INSERT INTO {:table} SELECT * EXCLUDE (row_id, row_group, deleted) FROM sparse;
