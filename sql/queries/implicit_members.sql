-- Services and tasks that belong to a cluster only because of their namespace, and others that may.
SELECT 'ECSService' AS kind, uid
FROM services
WHERE implicit_cluster AND namespace IN (SELECT unnest($namespaces::VARCHAR[]))
UNION ALL
SELECT 'ECSTask', uid
FROM tasks
WHERE implicit_cluster AND namespace IN (SELECT unnest($namespaces::VARCHAR[]))
UNION ALL
SELECT 'ECSSchedule', uid
FROM schedules
WHERE namespace IN (SELECT unnest($namespaces::VARCHAR[]))
UNION ALL
SELECT 'ECSScalableTarget', uid
FROM scalable_targets
WHERE namespace IN (SELECT unnest($namespaces::VARCHAR[]));
