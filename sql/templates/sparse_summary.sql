SELECT count(*)::INTEGER AS row_groups, coalesce(sum(deleted), 0)::DOUBLE AS deleted, coalesce(sum(rows), 0)::INTEGER AS rows
FROM (SELECT any_value(deleted) AS deleted, count(*) AS rows FROM sparse GROUP BY row_group);
