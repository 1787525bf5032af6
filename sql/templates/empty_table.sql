DELETE FROM {:table};
