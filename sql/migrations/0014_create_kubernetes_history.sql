-- Every change that was seen of the Pods, Deployments, DaemonSets and ReplicaSets that ECS resources became, and of the
-- Events about them: (kind, uid, resource_version) occurs once. What the history's columns are is said there.
CREATE TABLE kubernetes_history (
    kind VARCHAR NOT NULL,
    uid VARCHAR NOT NULL,
    resource_version UBIGINT NOT NULL,
    change VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    namespace VARCHAR,
    name VARCHAR NOT NULL,
    -- Of the task that a Pod is, of the service that a Deployment, DaemonSet or ReplicaSet is of.
    arn VARCHAR,
    -- Of a Pod: the service that it is a task of.
    service_arn VARCHAR,
    -- Of an Event: what it is about; else the object itself. Events about Pods that turn out not to be ours go again.
    about_kind VARCHAR NOT NULL,
    about_uid VARCHAR NOT NULL,
    -- In a line.
    summary VARCHAR,
    -- Metadata and status, of Events all; NULL where the object is gone and nothing more is known than before.
    object JSON,
    -- Without values of environment variables. NULL: as in the row before of that uid.
    spec JSON,
    position UBIGINT NOT NULL
);

CREATE VIEW kubernetes_changes AS
SELECT
    k.position,
    k.changed_at,
    k.kind,
    k.change,
    k.source,
    coalesce(k.arn, about.arn) AS arn,
    split_part(coalesce(k.arn, about.arn), '/', 2) AS cluster_name,
    split_part(coalesce(k.service_arn, about.service_arn), '/', 3) AS service_name,
    k.namespace,
    k.name,
    k.uid,
    k.summary,
    k.object,
    k.spec
FROM kubernetes_history k
LEFT JOIN (
    SELECT uid, any_value(arn) AS arn, any_value(service_arn) AS service_arn
    FROM (
        SELECT uid, arn, service_arn FROM kubernetes_history WHERE kind <> 'Event'
        UNION ALL
        SELECT uid, arn, CASE WHEN kind = 'ECSService' THEN arn END FROM history
    )
    GROUP BY uid
) about ON k.kind = 'Event' AND about.uid = k.about_uid
WHERE k.kind <> 'Event' OR about.uid IS NOT NULL;
