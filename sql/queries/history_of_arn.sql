-- Changes of the resources that have or had an ARN, newest first. A row may lack the ARN where it was not known yet.
SELECT position, kind, uid, resource_version, change, source, changed_at, namespace, name, arn, object
FROM history
WHERE uid IN (SELECT DISTINCT uid FROM history WHERE arn = $arn::VARCHAR)
    AND ($before::VARCHAR IS NULL OR position < $before::UBIGINT)
    AND ($since::TIMESTAMP IS NULL OR changed_at > $since::TIMESTAMP)
    AND ($until::TIMESTAMP IS NULL OR changed_at <= $until::TIMESTAMP)
ORDER BY position DESC
LIMIT $limit::INTEGER;
