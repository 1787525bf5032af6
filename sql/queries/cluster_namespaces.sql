SELECT uid, cluster_name, owned_namespace, created_at, deleted_at IS NOT NULL AS deleted FROM clusters;
