-- An Event may come before the Pod that it is about, so all are taken in; those about objects that are not ours go once
-- the watches of these have passed them for sure.
DELETE FROM kubernetes_history
WHERE kind = 'Event'
    AND about_kind IN ('Pod', 'Deployment', 'DaemonSet', 'ReplicaSet')
    AND changed_at >= $since::TIMESTAMP
    AND changed_at < $before::TIMESTAMP
    AND changed_at < (
        SELECT min(updated_at) - INTERVAL 60 SECONDS
        FROM watch_positions
        WHERE resource IN ('pods', 'deployments', 'daemonsets', 'replicasets')
        HAVING count(*) = 4
    )
    AND about_uid NOT IN (
        SELECT uid FROM kubernetes_history
        WHERE kind <> 'Event'
            -- Nothing of the history is read where there is no such Event.
            AND uid IN (
                SELECT about_uid FROM kubernetes_history
                WHERE kind = 'Event' AND changed_at >= $since::TIMESTAMP AND changed_at < $before::TIMESTAMP
            )
    );
