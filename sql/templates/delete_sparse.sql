DELETE FROM {:table} WHERE rowid IN (SELECT row_id FROM sparse);
