-- Numbers the rows of the history in the order in which they were committed: readers that come back go on after one.
ALTER TABLE history ADD COLUMN position UBIGINT;

UPDATE history SET position = rowid + 1;
