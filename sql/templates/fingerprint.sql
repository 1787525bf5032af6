-- The same for the same rows in whatever order.
SELECT count(*)::DOUBLE AS rows, coalesce(sum(hash({:columns})), 0)::VARCHAR AS hash FROM {:table};
