SELECT uid, resource_version, change
FROM recent_history
WHERE kind = $kind::VARCHAR AND uid IN (SELECT unnest($uids::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY uid ORDER BY position DESC) = 1;
