INSERT INTO shared_history
SELECT position, kind, uid, resource_version, change, source, changed_at, arn, $day::DATE
FROM recent_history
WHERE position IN (SELECT unnest($positions::VARCHAR[])::UBIGINT);
