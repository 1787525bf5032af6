-- Every change of a kind without what it was, in the order of the history.
SELECT uid, resource_version, change, source FROM history WHERE kind = $kind::VARCHAR ORDER BY position;
