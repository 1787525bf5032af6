import { revisionOf } from "#lib/ecs/describe/task-definition.ts";
import { resourceName } from "#lib/ecs/names.ts";
import type { ContainerInResource } from "#model/generated/resources.generated.ts";
import type { Caches } from "../caches.ts";
import type { Caller } from "../caller.ts";
import { dockerStats } from "../stats/docker-stats.ts";
import type { Sample, Sampler } from "../stats/sampler.ts";
import { dockerId, type Document, statusOf } from "./container.ts";

export interface StatsSource {
  readonly caches: Pick<Caches, "nodes">;
  readonly sampler: Sampler;
}

/** Figures of one container, or null while there are none. */
export async function containerStats(
  caller: Caller,
  container: ContainerInResource,
  source: StatsSource,
): Promise<Document | null> {
  return statsOf(caller, container, source, await sampleOf(caller, source));
}

/** Figures of all containers of a task, by their runtime's ids. */
export async function taskStats(caller: Caller, source: StatsSource): Promise<Document> {
  const sample = await sampleOf(caller, source);
  const containers = caller.task.status?.containers ?? [];
  return Object.fromEntries(
    containers.flatMap((container) => {
      const id = dockerId(statusOf(caller.pod, container.name ?? ""));
      return id === undefined ? [] : [[id, statsOf(caller, container, source, sample)] as const];
    }),
  );
}

function statsOf(
  { pod, definition }: Caller,
  { name = "", memory }: ContainerInResource,
  { caches }: StatsSource,
  sample: Sample | undefined,
): Document | null {
  const subject = {
    podContainer: resourceName(name),
    dockerId: dockerId(statusOf(pod, name)) ?? "",
    dockerName: `ecs-${definition.spec.family}-${revisionOf(definition) ?? ""}-${name}`,
    cpus: Number(nodeOf(pod.spec?.nodeName, caches)?.status?.capacity?.["cpu"] ?? 1),
    ...(memory !== undefined && { memoryMiB: Number(memory) }),
  };
  return dockerStats(subject, sample);
}

async function sampleOf({ pod }: Caller, { caches, sampler }: StatsSource): Promise<Sample | undefined> {
  const node = nodeOf(pod.spec?.nodeName, caches);
  return node && sampler.sample(node, pod.metadata?.uid ?? "");
}

function nodeOf(name: string | undefined, { nodes }: Pick<Caches, "nodes">) {
  return name === undefined ? undefined : nodes.get(undefined, name);
}
