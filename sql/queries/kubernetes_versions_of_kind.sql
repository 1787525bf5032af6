-- Every change of one of Kubernetes' own kinds without what it was, in the order of the history.
SELECT uid, resource_version, change, source FROM kubernetes_history WHERE kind = $kind::VARCHAR ORDER BY position;
