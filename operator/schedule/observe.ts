import { clusterNameOf } from "#lib/ecs/arns.ts";
import { clusterNameOfResource, DEFAULT_CLUSTER, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import { scheduleArn } from "#lib/ecs/describe/schedule.ts";
import { scheduleProblems } from "#lib/ecs/schedule/rules.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSCluster, ECSSchedule, ScheduleTarget } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { resolveTaskDefinition } from "../service/resolve.ts";
import type { Problem } from "../service/problem.ts";
import { arnIndex } from "./names.ts";
import type { ResolvedTarget } from "./tasks.ts";

/** Why a schedule cannot work until it is changed, or another is. */
export function problemOf(schedule: ECSSchedule, { informers, identity }: Deps): Problem | undefined {
  const arn = scheduleArn(schedule, identity);
  const [elder] = informers.schedules
    .byIndex(INDEX.scheduleArn, arnIndex(schedule))
    .sort((a, b) => age(a).localeCompare(age(b)));
  if (elder && elder.metadata.uid !== schedule.metadata.uid) {
    const message = `${arn} is ${keyOf(refOf(elder))} already. Rename or delete one of the two.`;
    return { reason: "NameConflict", message };
  }
  const problems = scheduleProblems(schedule.spec);
  return problems.length === 0 ? undefined : { reason: "InvalidSchedule", message: problems.join(" ") };
}

function age({ metadata }: ECSSchedule): string {
  return `${metadata.creationTimestamp ?? "9"} ${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}

/** What a target refers to, or why it cannot be started now. */
export function resolveTarget(
  schedule: ECSSchedule,
  { runTask }: ScheduleTarget,
  { informers, identity, config }: Deps,
): ResolvedTarget | { problem: string } {
  const { namespace = "" } = schedule.metadata;
  const clusterName = runTask.cluster ? clusterNameOf(runTask.cluster) : clusterNameIn(namespace, informers);
  const cluster = informers.clusters.byIndex(INDEX.clusterName, clusterName).find((each) => !isDeleting(each));
  if (cluster === undefined) return { problem: `There is no cluster ${clusterName}.` };
  const definition = resolveTaskDefinition(
    { reference: runTask.taskDefinition, inUse: undefined },
    (family) => informers.taskDefinitions.byIndex(INDEX.family, family),
    identity,
  );
  if ("problem" in definition) return { problem: definition.problem.message };
  // What the API makes lies in KECS's own namespace, for a schedule belongs to no cluster.
  const ours = namespace === config.namespace;
  return {
    cluster,
    clusterName,
    namespace: ours ? namespaceOfResource(cluster) : namespace,
    definition: definition.found,
  };
}

function clusterNameIn(namespace: string, { clusters }: Deps["informers"]): string {
  const [owner]: ECSCluster[] = clusters.byIndex(INDEX.namespace, namespace);
  return owner ? clusterNameOfResource(owner) : DEFAULT_CLUSTER;
}
