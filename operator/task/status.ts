import { isDeepStrictEqual } from "node:util";
import { clusterArn, containerInstanceArn, taskArn } from "#lib/ecs/arns.ts";
import { capacityOf } from "#lib/ecs/capacity.ts";
import { defaultGroup } from "#lib/ecs/describe/task.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { taskCpuUnits, taskMemoryMiB } from "#lib/ecs/task-size.ts";
import type { ECSTask, ECSTaskStatus } from "#model/generated/resources.generated.ts";
import type { Attachment, Attribute } from "#model/generated/types.generated.ts";
import { defined, type EffectiveDefinition, withOverrides } from "../pod/overrides.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import { taskConditions } from "./conditions.ts";
import { type ContainerRun, containerRuns } from "./container-run.ts";
import { containerStatus } from "./container-status.ts";
import { containerHealth, healthGraceEnd, taskHealth } from "./health.ts";
import { hasHealthCheck } from "../pod/health.ts";
import { type Phase, phaseOf } from "./phase.ts";
import { podSeen, type TaskState } from "./state.ts";
import { type Stop, stopOf } from "./stop.ts";
import { timesOf } from "./times.ts";

/**
 * The status of a task as it follows from what is seen of it. The same sight gives the same status: `version` and
 * times move only when something else does.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
 */
export function taskStatus(state: TaskState, now: Date): ECSTaskStatus {
  const before = state.task.status ?? {};
  const definition = effectiveDefinition(state);
  const runs = definition === undefined ? [] : containerRuns(definition, podSeen(state));
  const health = runs.map((run) => containerHealth(run, healthBefore(before, run), now));
  const ofTask = taskHealth(health.filter((_, index) => isChecked(runs[index])));
  const unhealthy = ofTask === "UNHEALTHY" && healthGraceEnd(state) <= now.getTime();
  const stop = stopOf(state, runs, unhealthy, now);
  const phase = phaseOf(state, runs, stop, now);
  const attachmentId =
    definition?.networkMode === "awsvpc" ? stableUuid(state.task.metadata.uid ?? "", "eni") : undefined;
  const context = { state, phase, networkMode: definition?.networkMode, attachmentId };
  // With neither Pod nor memory of it, what was recorded is all that is known.
  const found = definition !== undefined && (podSeen(state) !== undefined || before.containers === undefined);
  const status: ECSTaskStatus = {
    ...identityOf(state, before),
    ...(found && {
      containers: runs.map((run, index) => containerStatus(run, health[index] ?? "UNKNOWN", context)),
      attachments: attachmentsOf(state, phase, attachmentId),
      ...sizeOf(definition, state),
    }),
    ...(!found && keptFrom(before, phase)),
    ...placementOf(state, before, definition),
    lastStatus: phase,
    desiredStatus: stop === undefined ? "RUNNING" : "STOPPED",
    healthStatus: ofTask,
    ...timesOf(state, runs, phase, now),
    ...stopMembers(stop),
    conditions: taskConditions(state, phase, stop, now),
    ...defined({ observedGeneration: state.task.metadata.generation }),
  };
  return withVersion(status, before);
}

/** The task definition with the task's overrides, once there is one. */
export function effectiveDefinition({ definition, task }: TaskState): EffectiveDefinition | undefined {
  return "spec" in definition ? withOverrides(definition.spec, task.spec.overrides) : undefined;
}

function keptFrom(before: ECSTaskStatus, phase: Phase): ECSTaskStatus {
  const { containers, attachments, cpu, memory, ephemeralStorage } = before;
  const stopped = phase === "STOPPED" ? { lastStatus: "STOPPED" } : {};
  return defined({
    containers: containers?.map((container) => ({ ...container, ...stopped })),
    attachments,
    cpu,
    memory,
    ephemeralStorage,
  });
}

function healthBefore({ containers = [] }: ECSTaskStatus, { container }: ContainerRun): string | undefined {
  return containers.find(({ name }) => name === container.name)?.healthStatus;
}

function isChecked(run: ContainerRun | undefined): boolean {
  return run?.essential === true && hasHealthCheck(run.container.healthCheck);
}

function identityOf(state: TaskState, before: ECSTaskStatus): ECSTaskStatus {
  const { task, identity, clusterName, definition } = state;
  const pod = podSeen(state);
  return defined({
    taskArn: taskArn(identity, clusterName, task.metadata.name ?? ""),
    clusterArn: clusterArn(identity, clusterName),
    clusterName,
    taskDefinitionArn: "arn" in definition ? definition.arn : before.taskDefinitionArn,
    ...capacityOf(task.spec, task.metadata.name ?? ""),
    group: task.spec.group ?? defaultGroup(task.spec.taskDefinition),
    podName: before.podName ?? pod?.metadata?.name,
    podUid: before.podUid ?? pod?.metadata?.uid,
  });
}

function isOnFargate({ spec, metadata }: ECSTask): boolean {
  return capacityOf(spec, metadata.name ?? "").launchType === "FARGATE";
}

/** Where the task runs, as far as it is known; what was known stays when the node has gone. */
function placementOf(
  state: TaskState,
  before: ECSTaskStatus,
  definition: EffectiveDefinition | undefined,
): ECSTaskStatus {
  const { node, identity, clusterName, task } = state;
  const nodeName = podSeen(state)?.spec?.nodeName ?? before.nodeName;
  const nodeId = node?.metadata?.uid && taskIdOfPod(node.metadata.uid);
  const onInstance = nodeId && !isOnFargate(task);
  return defined({
    nodeName,
    connectivity: nodeName === undefined ? undefined : ("CONNECTED" as const),
    availabilityZone: node?.metadata?.labels?.["topology.kubernetes.io/zone"] ?? before.availabilityZone,
    containerInstanceArn: onInstance
      ? containerInstanceArn(identity, clusterName, nodeId)
      : before.containerInstanceArn,
    attributes: attributesOf(state, definition) ?? before.attributes,
  });
}

function attributesOf({ node }: TaskState, definition: EffectiveDefinition | undefined): Attribute[] | undefined {
  const ofNode = node?.metadata?.labels?.["kubernetes.io/arch"];
  const asked = definition?.runtimePlatform?.cpuArchitecture;
  if (ofNode === undefined && asked === undefined) return undefined;
  const arm = ofNode === undefined ? asked === "ARM64" : ofNode === "arm64";
  return [{ name: "ecs.cpu-architecture", value: arm ? "arm64" : "x86_64" }];
}

/** The task's size, or what its containers add up to. */
function sizeOf(definition: EffectiveDefinition, { task }: TaskState): ECSTaskStatus {
  const containers = definition.containerDefinitions;
  const cpu = taskCpuUnits(definition.cpu) ?? containers.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  const memory =
    taskMemoryMiB(definition.memory) ??
    containers.reduce((sum, container) => sum + (container.memory ?? container.memoryReservation ?? 0), 0);
  const ephemeralStorage = definition.ephemeralStorage;
  return {
    cpu: String(cpu),
    memory: String(memory),
    ...(ephemeralStorage && isOnFargate(task) && { ephemeralStorage }),
  };
}

/** The network interface of a task in awsvpc mode: the Pod's. */
function attachmentsOf(state: TaskState, phase: Phase, id: string | undefined): Attachment[] {
  if (id === undefined) return [];
  const address = podSeen(state)?.status?.podIP;
  const subnet = state.task.spec.networkConfiguration?.awsvpcConfiguration?.subnets[0];
  const details = [
    { name: "subnetId", value: subnet },
    { name: "networkInterfaceId", value: address && `eni-${id.replaceAll("-", "").slice(0, 17)}` },
    { name: "privateIPv4Address", value: address },
  ].flatMap(({ name, value }) => (value ? [{ name, value }] : []));
  return [{ id, type: "ElasticNetworkInterface", status: attachmentStatus(phase, address), details }];
}

function attachmentStatus(phase: Phase, address: string | undefined): string {
  if (phase === "STOPPED") return "DELETED";
  return address ? "ATTACHED" : "PRECREATED";
}

function stopMembers(stop: Stop | undefined): Pick<ECSTaskStatus, "stopCode" | "stoppedReason"> {
  return stop === undefined ? {} : { stopCode: stop.code, stoppedReason: stop.reason };
}

function withVersion(status: ECSTaskStatus, { version, ...before }: ECSTaskStatus): ECSTaskStatus {
  const same = version !== undefined && isDeepStrictEqual(JSON.parse(JSON.stringify(status)), before);
  return { ...status, version: same ? version : (version ?? 0) + 1 };
}
