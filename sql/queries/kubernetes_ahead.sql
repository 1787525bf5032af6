-- Events that are here beyond the position of their watch: told again after a restart.
SELECT uid, resource_version
FROM kubernetes_history
WHERE kind = 'Event'
    AND resource_version > (SELECT coalesce(max(resource_version), 0) FROM watch_positions WHERE resource = 'events');
