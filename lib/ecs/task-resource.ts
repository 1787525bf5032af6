import { createHash, randomUUID } from "node:crypto";
import { ANNOTATIONS, API_VERSION, LABELS, labelValue } from "./labels.ts";
import type { ECSTask, ECSTaskSpec } from "#model/generated/resources.generated.ts";
import type { RunTaskRequest, StartTaskRequest, Tag } from "#model/generated/types.generated.ts";
import { requestHash } from "./request-hash.ts";

/** What was looked up for a call, or a schedule, that starts tasks. */
export interface ResolvedTasks {
  readonly cluster: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly family: string;
  readonly revision: number;
  /** Where they run, at most one of the two. */
  readonly target: Pick<RunTaskRequest, "launchType" | "capacityProviderStrategy">;
  /** The call's tags with those that are propagated and managed. */
  readonly tags: Tag[];
  /** Access key id of the caller, for the record. */
  readonly createdBy?: string;
}

/**
 * Ids of the tasks that a call starts, 32 hex digits each. With a client token they follow from cluster, token and
 * position, so that the same call made again means the same tasks; else they are random.
 */
export function taskIds(count: number, clusterUid: string, clientToken: string | undefined): string[] {
  return Array.from({ length: count }, (_, index) =>
    clientToken === undefined
      ? randomUUID().replaceAll("-", "")
      : createHash("sha256")
          .update(JSON.stringify([clusterUid, clientToken, index]))
          .digest("hex")
          .slice(0, 32),
  );
}

/**
 * The ECSTask of one task that RunTask, StartTask or a schedule starts.
 * @param instance id of the container instance that StartTask names.
 */
export function newTask(
  id: string,
  input: RunTaskRequest | StartTaskRequest,
  resolved: ResolvedTasks,
  instance?: string,
): ECSTask {
  const { cluster, family, revision, createdBy } = resolved;
  const clientToken = "clientToken" in input ? input.clientToken : undefined;
  return {
    apiVersion: API_VERSION,
    kind: "ECSTask",
    metadata: {
      name: id,
      namespace: cluster.namespace,
      labels: {
        [LABELS.cluster]: labelValue(cluster.name),
        [LABELS.taskFamily]: labelValue(family),
        [LABELS.taskRevision]: String(revision),
      },
      annotations: {
        [ANNOTATIONS.requestHash]: requestHash(input),
        ...(clientToken !== undefined && { [ANNOTATIONS.clientToken]: clientToken }),
        ...(createdBy !== undefined && { [ANNOTATIONS.createdBy]: createdBy }),
      },
    },
    spec: taskSpec(input, resolved, instance),
  };
}

function taskSpec(
  input: RunTaskRequest | StartTaskRequest,
  { cluster, family, revision, target, tags }: ResolvedTasks,
  instance: string | undefined,
): ECSTaskSpec {
  const {
    clientToken: _token,
    count: _count,
    containerInstances: _instances,
    launchType: _type,
    capacityProviderStrategy: _strategy,
    ...members
  } = input as RunTaskRequest & Partial<StartTaskRequest>;
  return {
    ...members,
    ...target,
    cluster: cluster.name,
    taskDefinition: `${family}:${revision}`,
    group: input.group ?? `family:${family}`,
    ...(tags.length > 0 && { tags }),
    ...(instance !== undefined && { containerInstance: instance }),
  };
}

/**
 * The tags of a new task: the call's own, then those of the task definition where they are propagated, then the ones
 * that ECS manages. Of one key the first counts.
 */
export function tagsOfTask(
  input: Pick<RunTaskRequest, "tags" | "enableECSManagedTags">,
  cluster: string,
  propagated: readonly Tag[],
): Tag[] {
  const managed = input.enableECSManagedTags === true ? [{ key: "aws:ecs:clusterName", value: cluster }] : [];
  const byKey = new Map<string | undefined, Tag>();
  for (const tag of [...(input.tags ?? []), ...propagated, ...managed]) {
    if (!byKey.has(tag.key)) byKey.set(tag.key, tag);
  }
  return [...byKey.values()];
}
