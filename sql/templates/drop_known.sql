DELETE FROM outdated WHERE position IN (SELECT position FROM known);
