import type { Identity } from "#lib/ecs/arns.ts";
import { describeCapacityProvider } from "#lib/ecs/describe/capacity-provider.ts";
import { type Condition, type Progress, setCondition, setConditions } from "#lib/kube/conditions.ts";
import type { ECSCapacityProviderStatus } from "#model/generated/resources.generated.ts";
import type { CapacityProviderState } from "./state.ts";

const MANAGED_SCALING = "ManagedScaling";

/** The status of a capacity provider from what is there; the same facts give the same status. */
export function capacityProviderStatus(
  state: CapacityProviderState,
  identity: Identity,
  now: Date,
): ECSCapacityProviderStatus {
  const { provider, nodeCount, elder } = state;
  const { generation } = provider.metadata;
  const before = provider.status?.conditions ?? [];
  const conditions = setConditions(
    before.filter(({ type }) => type !== MANAGED_SCALING),
    progressOf(state),
    generation,
    now,
  );
  const observed = { ...(generation !== undefined && { observedGeneration: generation }) };
  if (elder !== undefined) return { ...observed, conditions };
  const shown = describeCapacityProvider(provider, identity);
  const { capacityProviderArn, name, status, updateStatus, updateStatusReason, type } = shown;
  return {
    ...(capacityProviderArn !== undefined && { capacityProviderArn }),
    ...(name !== undefined && { name }),
    ...(status !== undefined && { status }),
    ...(updateStatus !== undefined && { updateStatus }),
    ...(updateStatusReason !== undefined && { updateStatusReason }),
    ...(type !== undefined && { type }),
    nodeCount,
    ...observed,
    conditions: [...conditions, ...scalingCondition(state, now)],
  };
}

function progressOf(state: CapacityProviderState): Progress {
  const { name, elder, nodeCount } = state;
  if (elder !== undefined) {
    const message = `The ECSCapacityProvider ${elder} is the capacity provider ${name} already. Rename or delete one of the two.`;
    return { stalled: { reason: "NameConflict", message } };
  }
  return { ready: { reason: "Active", message: `It has ${nodeCount} nodes: ${nodesOf(state)}.` } };
}

/** Managed scaling is someone else's: this says so, and by what that one knows the nodes. */
function scalingCondition(state: CapacityProviderState, now: Date): Condition[] {
  const { provider } = state;
  if (provider.spec.autoScalingGroupProvider?.managedScaling?.status !== "ENABLED") return [];
  const finding = {
    type: MANAGED_SCALING,
    status: "Unknown",
    reason: "ClusterAutoscaler",
    message: `KECS adds and removes no nodes; a cluster autoscaler may, with ${nodesOf(state)}.`,
  } as const;
  const before = provider.status?.conditions?.find(({ type }) => type === MANAGED_SCALING);
  return [setCondition(before, finding, provider.metadata.generation, now)];
}

function nodesOf({ pool }: CapacityProviderState): string {
  const labels = Object.entries(pool.nodeSelector).map(([label, value]) => `${label}=${value}`);
  return labels.length === 0 ? "all nodes" : `nodes labelled ${labels.join(", ")}`;
}
