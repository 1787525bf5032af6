import { isDistinct, membershipOf } from "#lib/ecs/placement/constraints.ts";
import type { NodeTerm } from "#lib/ecs/placement/node-terms.ts";
import { spreadLabel } from "#lib/ecs/placement/rules.ts";
import type { NodePool } from "#lib/ecs/node-pool.ts";
import { LABELS, labelValue } from "#lib/ecs/labels.ts";
import type { PlacementConstraint, PlacementStrategy, RuntimePlatform } from "#model/generated/types.generated.ts";
import type { TaskInfo } from "./input.ts";
import { schedulingOf } from "./pool.ts";
import type { NodeSelectorTerm, PodSpec, TopologySpreadConstraint } from "./kubernetes-types.ts";

const ARCHITECTURES = { X86_64: "amd64", ARM64: "arm64" } as const;
const HOSTNAME = "kubernetes.io/hostname";

/** What is asked of the nodes that may run a task. */
export interface PlacementInput {
  readonly platform: RuntimePlatform | undefined;
  /** Of the task definition and of the call. */
  readonly constraints: readonly PlacementConstraint[];
  readonly strategy: readonly PlacementStrategy[];
  readonly task: TaskInfo;
  /** The nodes of its capacity provider. */
  readonly pool?: NodePool | undefined;
  /** Host names of the nodes that satisfied, when the task started, what labels cannot say. */
  readonly hosts?: readonly string[];
}

/** Which nodes may run the task, and which it prefers. */
export function placementOf(
  input: PlacementInput,
): Pick<PodSpec, "nodeSelector" | "tolerations" | "affinity" | "topologySpreadConstraints"> {
  const { platform, constraints, strategy, task, hosts } = input;
  const architecture = platform?.cpuArchitecture;
  const ofPlatform = {
    ...(architecture !== undefined && { "kubernetes.io/arch": ARCHITECTURES[architecture] }),
    ...(platform?.operatingSystemFamily === "LINUX" && { "kubernetes.io/os": "linux" }),
  };
  const ofPool = schedulingOf(input.pool, ofPlatform);
  const nodeSelector = { ...ofPool.nodeSelector, ...ofPlatform };
  const affinity = {
    ...nodeAffinityOf(membershipOf(constraints).terms, hosts),
    ...packingOf(strategy, task),
    ...(isDistinct(constraints) && {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: HOSTNAME, labelSelector: { matchLabels: groupLabels(task) } },
        ],
      },
    }),
  };
  const spread = spreadOf(strategy, task);
  return {
    ...ofPool,
    ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
    ...(Object.keys(affinity).length > 0 && { affinity }),
    ...(spread.length > 0 && { topologySpreadConstraints: spread }),
  };
}

/** Labels of the Pods of a task's group: the service, or what RunTask calls `group`. */
function groupLabels({ clusterName, service, group }: TaskInfo): Record<string, string> {
  return {
    [LABELS.cluster]: labelValue(clusterName),
    ...(service ? { [LABELS.service]: labelValue(service.name) } : { [LABELS.taskGroup]: labelValue(group ?? "") }),
  };
}

function nodeAffinityOf(
  terms: readonly NodeTerm[],
  hosts: readonly string[] | undefined,
): Pick<NonNullable<PodSpec["affinity"]>, "nodeAffinity"> {
  if (hosts === undefined && terms.some((term) => term.length === 0)) return {};
  const nodeSelectorTerms = terms.map((term) => selectorTerm(term, hosts));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: nodeSelectorTerms.length > 0 ? nodeSelectorTerms : [NO_NODE],
      },
    },
  };
}

/** No node can meet it; a list without terms is not allowed. */
const NO_NODE: NodeSelectorTerm = {
  matchExpressions: [
    { key: HOSTNAME, operator: "Exists" },
    { key: HOSTNAME, operator: "DoesNotExist" },
  ],
};

function selectorTerm(term: NodeTerm, hosts: readonly string[] | undefined): NodeSelectorTerm {
  return {
    matchExpressions: [
      ...term.map(({ key, operator, values }) => ({ key, operator, ...(values && { values: [...values] }) })),
      ...(hosts === undefined ? [] : [{ key: HOSTNAME, operator: "In", values: [...hosts] }]),
    ],
  };
}

/** One constraint for each field: more than one for a label is not allowed. */
function spreadOf(strategy: readonly PlacementStrategy[], task: TaskInfo): TopologySpreadConstraint[] {
  const labels = strategy.flatMap(({ type, field }) => (type === "spread" ? (spreadLabel(field) ?? []) : []));
  return [...new Set(labels)].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: groupLabels(task) },
  }));
}

/** A Pod cannot ask for the fullest node; it can ask for the company of the cluster's other tasks. */
function packingOf(
  strategy: readonly PlacementStrategy[],
  { clusterName }: TaskInfo,
): Pick<NonNullable<PodSpec["affinity"]>, "podAffinity"> {
  if (!strategy.some(({ type }) => type === "binpack")) return {};
  const labelSelector = { matchLabels: { [LABELS.cluster]: labelValue(clusterName) } };
  return {
    podAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { topologyKey: HOSTNAME, labelSelector } },
      ],
    },
  };
}
