CREATE OR REPLACE VIEW archived_history AS
SELECT * FROM recent_history WHERE false;
