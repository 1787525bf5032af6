import type { Node } from "../../kube/resources.ts";

/** What the cluster query language can ask about a container instance, which is a node. */
export interface InstanceFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly agentConnected: boolean;
  readonly agentVersion: string;
  readonly ec2InstanceId: string;
  /** RFC 3339 */
  readonly registeredAt: string;
  readonly runningTasksCount: number;
  /** Groups of the tasks that are on it. */
  readonly taskGroups: ReadonlySet<string>;
}

/** A task that is on a node. */
export interface PlacedTask {
  readonly group?: string | undefined;
  readonly lastStatus?: string | undefined;
}

/**
 * The facts about a node.
 * @param tasks the ECS cluster's tasks on it that have not stopped.
 */
export function factsOf(node: Node, tasks: readonly PlacedTask[]): InstanceFacts {
  return {
    labels: node.metadata?.labels ?? {},
    agentConnected: isReady(node),
    agentVersion: (node.status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, ""),
    ec2InstanceId: instanceIdOf(node),
    registeredAt: node.metadata?.creationTimestamp ?? "",
    runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === "RUNNING").length,
    taskGroups: new Set(tasks.flatMap(({ group }) => group ?? [])),
  };
}

/** True while the node's kubelet reports that it can run Pods. */
export function isReady({ status }: Node): boolean {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

/** The id that the cloud gives the machine, from its provider id (`aws:///eu-west-1a/i-0abc…`); else the node's name. */
export function instanceIdOf({ spec, metadata }: Node): string {
  return spec?.providerID?.split("/").at(-1) || (metadata?.name ?? "");
}
