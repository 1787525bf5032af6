-- With the columns that a later release may have added; files of an earlier one have NULL there.
CREATE OR REPLACE VIEW history AS
SELECT * FROM recent_history
UNION ALL BY NAME
SELECT * FROM archived_history;
