import { taskCpuUnits, taskMemoryMiB } from "#lib/ecs/task-size.ts";
import type { NamedContainer } from "./input.ts";
import type { EffectiveDefinition } from "./overrides.ts";
import type { ResourceRequirements } from "./kubernetes-types.ts";

const GPU_RESOURCE = "nvidia.com/gpu";

interface TaskSize {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

/**
 * Resources of the Pod as a whole: ECS's task-level `cpu` and `memory` are what all containers share, as a Pod's are.
 * @param sidecarMiB memory that sidecars of ours may use; it is not taken from the task's
 * @returns undefined where the task definition has none.
 */
export function podResources(definition: EffectiveDefinition, sidecarMiB: number): ResourceRequirements | undefined {
  const { cpu, memory } = sizeOf(definition);
  if (cpu === undefined && memory === undefined) return undefined;
  const size = {
    ...(cpu !== undefined && { cpu: cpuQuantity(cpu) }),
    ...(memory !== undefined && { memory: memoryQuantity(memory + sidecarMiB) }),
  };
  return { requests: size, limits: size };
}

/**
 * Resources of each container by its ECS name. CPU units are what is reserved, and no limit (ECS gives shares);
 * `memory` is the limit, `memoryReservation` else `memory` what is reserved. A task-level size bounds every
 * container, and what it leaves is shared evenly by the containers that reserve nothing themselves.
 */
export function containerResources(definition: EffectiveDefinition): Map<string, ResourceRequirements> {
  const size = sizeOf(definition);
  const containers = definition.containerDefinitions;
  const share = {
    cpu: shareOf(size.cpu, containers.map(reservedCpu)),
    memory: shareOf(size.memory, containers.map(reservedMemory)),
  };
  const storage = definition.ephemeralStorage?.sizeInGiB;
  return new Map(
    containers.map((container, index) => {
      const requests = {
        ...quantity("cpu", reservedCpu(container) ?? share.cpu, cpuQuantity),
        ...quantity("memory", reservedMemory(container) ?? share.memory, memoryQuantity),
      };
      const limits = {
        ...quantity("cpu", size.cpu, cpuQuantity),
        ...quantity("memory", container.memory ?? size.memory, memoryQuantity),
        ...gpus(container),
      };
      // A Pod's storage limit is the sum of its containers': one of them carries the whole task's.
      if (storage !== undefined && index === 0) {
        Object.assign(limits, { "ephemeral-storage": `${storage}Gi` });
        Object.assign(requests, { "ephemeral-storage": "0" });
      }
      return [container.name, { requests, limits }];
    }),
  );
}

function sizeOf(definition: EffectiveDefinition): TaskSize {
  return { cpu: taskCpuUnits(definition.cpu), memory: taskMemoryMiB(definition.memory) };
}

const reservedCpu = ({ cpu }: NamedContainer): number | undefined => (cpu !== undefined && cpu > 0 ? cpu : undefined);

const reservedMemory = ({ memory, memoryReservation }: NamedContainer): number | undefined =>
  memoryReservation ?? memory;

function shareOf(total: number | undefined, reserved: readonly (number | undefined)[]): number | undefined {
  if (total === undefined) return undefined;
  const free = total - reserved.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const open = reserved.filter((value) => value === undefined).length;
  return Math.max(0, Math.floor(free / Math.max(1, open)));
}

function gpus({ resourceRequirements = [] }: NamedContainer): Record<string, string> {
  const count = resourceRequirements.find(({ type }) => type === "GPU")?.value;
  return count === undefined ? {} : { [GPU_RESOURCE]: count };
}

function quantity(name: string, value: number | undefined, format: (value: number) => string): Record<string, string> {
  return value === undefined ? {} : { [name]: format(value) };
}

/** 1,024 CPU units are one CPU. Rounded down, so that containers never add up to more than their task. */
function cpuQuantity(units: number): string {
  const millis = Math.floor((units * 1000) / 1024);
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** In the form that the API server keeps, so that what was applied is found unchanged. */
function memoryQuantity(mebibytes: number): string {
  return mebibytes > 0 && mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
