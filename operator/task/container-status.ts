import { containerArn, taskArn } from "#lib/ecs/arns.ts";
import { stableUuid } from "#lib/ecs/stable-uuid.ts";
import type { ContainerInResource, ManagedAgentInResource } from "#model/generated/resources.generated.ts";
import type { HealthStatus, NetworkBinding, NetworkMode } from "#model/generated/types.generated.ts";
import { defined } from "../pod/overrides.ts";
import { type ContainerRun, endsTask } from "./container-run.ts";
import type { Phase } from "./phase.ts";
import { startFailure } from "./start-failure.ts";
import { podSeen, type TaskState } from "./state.ts";

/** What containers of one task have in common. */
export interface ContainerContext {
  readonly state: TaskState;
  readonly phase: Phase;
  readonly networkMode: NetworkMode | undefined;
  /** Id of the task's network interface, in awsvpc mode. */
  readonly attachmentId: string | undefined;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Container.html */
export function containerStatus(
  run: ContainerRun,
  healthStatus: HealthStatus,
  context: ContainerContext,
): ContainerInResource {
  const { state, phase, networkMode } = context;
  const { identity, clusterName, task } = state;
  const id = task.metadata.name ?? "";
  const { name, image, cpu, memory, memoryReservation } = run.container;
  return defined({
    containerArn: containerArn(identity, clusterName, id, stableUuid(task.metadata.uid ?? id, name)),
    taskArn: taskArn(identity, clusterName, id),
    name,
    image,
    // Of an image that was loaded, not pulled, there is but an id of its own.
    imageDigest: /(?:@|^)(sha256:[0-9a-f]{64})$/.exec(run.status?.imageID ?? "")?.[1],
    runtimeId: run.status?.containerID?.replace(/^[a-z-]+:\/\//, ""),
    lastStatus: lastStatusOf(run, phase),
    exitCode: runsAgain(run, phase) || startFailure(run) !== undefined ? undefined : run.exit?.exitCode,
    reason: reasonOf(run),
    networkBindings: networkMode === "awsvpc" ? [] : bindingsOf(run, context),
    networkInterfaces: interfacesOf(context),
    healthStatus,
    managedAgents: managedAgentsOf(run, context),
    cpu: String(cpu ?? 0),
    memory: memory === undefined ? undefined : String(memory),
    memoryReservation: memoryReservation === undefined ? undefined : String(memoryReservation),
  });
}

function lastStatusOf(run: ContainerRun, phase: Phase): string {
  if (phase === "STOPPED") return "STOPPED";
  if (runsAgain(run, phase) || (run.running && run.exit === undefined)) return "RUNNING";
  return run.exit === undefined ? "PENDING" : "STOPPED";
}

/** ECS's agent for ExecuteCommand lives as long as its container; here the node's kubelet does its work. */
function managedAgentsOf(run: ContainerRun, { state, phase }: ContainerContext): ManagedAgentInResource[] | undefined {
  if (state.task.spec.enableExecuteCommand !== true) return undefined;
  const agent = { name: "ExecuteCommandAgent" as const, lastStatus: lastStatusOf(run, phase) };
  return [defined({ ...agent, lastStartedAt: run.startedAt })];
}

/** Kubernetes restarts a container of a service in place; one that is not essential goes on so. */
function runsAgain(run: ContainerRun, phase: Phase): boolean {
  return phase !== "STOPPED" && run.running && run.exit !== undefined && !endsTask(run);
}

function reasonOf(run: ContainerRun): string | undefined {
  const failure = startFailure(run);
  if (failure !== undefined) return failure;
  if (run.exit?.reason === "OOMKilled") return "OutOfMemoryError: Container killed due to memory usage";
  return undefined;
}

/** In bridge mode a port without a fixed host port is reached at the Pod's own address. */
function bindingsOf(
  { container, startedAt }: ContainerRun,
  { state, networkMode }: ContainerContext,
): NetworkBinding[] {
  const pod = podSeen(state);
  if (startedAt === undefined || pod === undefined) return [];
  return (container.portMappings ?? []).map((mapping) => {
    const { containerPort = 0, containerPortRange, protocol = "tcp" } = mapping;
    if (containerPortRange !== undefined) {
      const bindIP = networkMode === "host" ? "0.0.0.0" : pod.status?.podIP;
      return defined({ bindIP, containerPortRange, hostPortRange: containerPortRange, protocol });
    }
    const hostPort = networkMode === "host" ? containerPort : mapping.hostPort || undefined;
    const bindIP = hostPort === undefined ? pod.status?.podIP : "0.0.0.0";
    return defined({ bindIP, containerPort, hostPort: hostPort ?? containerPort, protocol });
  });
}

function interfacesOf({
  attachmentId,
  state,
}: ContainerContext): { attachmentId?: string; privateIpv4Address?: string }[] {
  const privateIpv4Address = podSeen(state)?.status?.podIP;
  return attachmentId === undefined || !privateIpv4Address ? [] : [{ attachmentId, privateIpv4Address }];
}
