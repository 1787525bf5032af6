import type { Node } from "../../kube/resources.ts";
import { parseQuantity } from "../../kube/quantity.ts";
import type { Attribute, ContainerInstance, Resource, Task } from "#model/generated/types.generated.ts";
import { containerInstanceArn, type Identity } from "../arns.ts";
import { taskIdOfPod } from "../names.ts";
import { isDeregistered, nodeTags } from "../node-state.ts";
import { attributesOf } from "../placement/attributes.ts";
import { instanceIdOf, isReady } from "../placement/instance-facts.ts";

const CPU_UNITS = 1024;
const MIB = 2 ** 20;

/** Id of the container instance that stands for a node: the node's uid as 32 hex digits, as ECS's ids look. */
export function containerInstanceId(node: Pick<Node, "metadata">): string {
  return taskIdOfPod(node.metadata?.uid ?? "");
}

/** A node that takes no more tasks is DRAINING; one that was deregistered is INACTIVE. */
export function instanceStatus(node: Node): "ACTIVE" | "DRAINING" | "INACTIVE" {
  if (isDeregistered(node)) return "INACTIVE";
  return node.spec?.unschedulable === true ? "DRAINING" : "ACTIVE";
}

/**
 * A node as a container instance of a cluster.
 * @param tasks the cluster's tasks on it that have not stopped.
 * @param cluster ECS name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html
 */
export function describeContainerInstance(
  node: Node,
  tasks: readonly Task[],
  identity: Identity,
  cluster: string,
): ContainerInstance {
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
  const registered = capacityOf(node);
  return {
    containerInstanceArn: containerInstanceArn(identity, cluster, containerInstanceId(node)),
    ec2InstanceId: instanceIdOf(node),
    version: 1,
    versionInfo: {
      agentVersion: (node.status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, ""),
      dockerVersion: node.status?.nodeInfo?.containerRuntimeVersion ?? "",
    },
    registeredResources: resources(registered, { tcp: [], udp: [] }),
    remainingResources: resources(
      {
        cpu: registered.cpu - sum(tasks, ({ cpu }) => cpu),
        memory: registered.memory - sum(tasks, ({ memory }) => memory),
      },
      { tcp: portsOf(tasks, "tcp"), udp: portsOf(tasks, "udp") },
    ),
    status: instanceStatus(node),
    agentConnected: isReady(node),
    runningTasksCount: running,
    pendingTasksCount: tasks.filter(({ desiredStatus }) => desiredStatus === "RUNNING").length - runningWanted(tasks),
    attributes: instanceAttributes(node),
    ...(node.metadata?.creationTimestamp && { registeredAt: Date.parse(node.metadata.creationTimestamp) / 1000 }),
    attachments: [],
    tags: nodeTags(node),
    healthStatus: healthOf(node),
  };
}

/** Attributes of a node, without their target. */
export function instanceAttributes({ metadata }: Node): Attribute[] {
  return attributesOf(metadata?.labels ?? {}).map(({ name, value }) => (value === "" ? { name } : { name, value }));
}

function runningWanted(tasks: readonly Task[]): number {
  return tasks.filter(({ desiredStatus, lastStatus }) => desiredStatus === "RUNNING" && lastStatus === "RUNNING")
    .length;
}

/** What Pods may use of a node: CPU units and MiB. */
function capacityOf({ status }: Node): { cpu: number; memory: number } {
  const { cpu, memory } = status?.allocatable ?? status?.capacity ?? {};
  return {
    cpu: Math.floor(parseQuantity(cpu) * CPU_UNITS),
    memory: Math.floor(parseQuantity(memory) / MIB),
  };
}

function resources(
  { cpu, memory }: { cpu: number; memory: number },
  { tcp, udp }: { tcp: readonly string[]; udp: readonly string[] },
): Resource[] {
  const integer = (name: string, integerValue: number): Resource => ({ name, type: "INTEGER", integerValue });
  const set = (name: string, values: readonly string[]): Resource => ({
    name,
    type: "STRINGSET",
    stringSetValue: [...values],
  });
  return [integer("CPU", cpu), integer("MEMORY", memory), set("PORTS", tcp), set("PORTS_UDP", udp)];
}

/** Host ports that tasks use, as ECS lists the ports that are taken. */
function portsOf(tasks: readonly Task[], protocol: "tcp" | "udp"): string[] {
  const bindings = tasks.flatMap(({ containers = [] }) =>
    containers.flatMap(({ networkBindings = [] }) => networkBindings),
  );
  const ports = bindings
    .filter((binding) => binding.bindIP === "0.0.0.0" && (binding.protocol ?? "tcp") === protocol)
    .flatMap(({ hostPort }) => hostPort ?? []);
  return [...new Set(ports)].toSorted((a, b) => a - b).map(String);
}

function sum(tasks: readonly Task[], size: (task: Task) => string | undefined): number {
  return tasks.reduce((total, task) => total + (Number(size(task)) || 0), 0);
}

function healthOf(node: Node): NonNullable<ContainerInstance["healthStatus"]> {
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  const status = ready?.status === "True" ? "OK" : ready?.status === "False" ? "IMPAIRED" : "INSUFFICIENT_DATA";
  const changed = ready?.lastTransitionTime && Date.parse(ready.lastTransitionTime) / 1000;
  const seen = ready?.lastHeartbeatTime && Date.parse(ready.lastHeartbeatTime) / 1000;
  return {
    overallStatus: status,
    details: [
      {
        type: "CONTAINER_RUNTIME",
        status,
        ...(seen && { lastUpdated: seen }),
        ...(changed && { lastStatusChange: changed }),
      },
    ],
  };
}
