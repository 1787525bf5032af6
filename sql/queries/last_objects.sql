-- The archive never gets the last change of what is shown.
SELECT s.uid, s.resource_version, s.deleted_at, h.object
FROM current_state s
JOIN recent_history h ON h.kind = s.kind AND h.uid = s.uid AND h.resource_version = s.resource_version
WHERE s.kind = $kind::VARCHAR AND s.uid IN (SELECT unnest($uids::VARCHAR[]));
