import { expressionsOf } from "#lib/ecs/placement/constraints.ts";
import { constraintProblems } from "#lib/ecs/placement/rules.ts";
import { satisfies } from "#lib/ecs/placement/evaluate.ts";
import { factsOf, isReady } from "#lib/ecs/placement/instance-facts.ts";
import { isInPool, type NodePool } from "#lib/ecs/node-pool.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import { rebalancesZones, ZONE_LABEL } from "#lib/ecs/zone-rebalancing.ts";
import type { Node, Pod } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import type { Resolution, Zones } from "./state.ts";

export interface ZonesInput {
  readonly service: ECSService;
  readonly resolution: Resolution;
  readonly pool: NodePool | undefined;
  readonly pods: readonly Pod[];
}

/** Where a service's tasks are and could be; undefined of services that are not kept even over the zones. */
export function zonesOf(
  { service, resolution, pool, pods }: ZonesInput,
  deps: Pick<Deps, "informers" | "now">,
): Zones | undefined {
  if (!rebalancesZones(service.spec)) return undefined;
  const { nodes } = deps.informers;
  const definition = "found" in resolution ? resolution.found.resource.spec : undefined;
  const constraints = [...(definition?.placementConstraints ?? []), ...(service.spec.placementConstraints ?? [])];
  if (constraintProblems(constraints).length > 0) return undefined;
  const expressions = expressionsOf(constraints);
  const usable = nodes
    .list()
    .filter((node) => takesTasks(node, pool))
    .filter((node) => expressions.every((expression) => satisfies(expression, factsOf(node, []))));
  const located = pods.flatMap(({ metadata, spec }) => {
    const node = spec?.nodeName === undefined ? undefined : nodes.get(undefined, spec.nodeName);
    const zone = node && zoneOf(node);
    return zone === undefined ? [] : [[taskIdOfPod(metadata?.uid ?? ""), zone] as const];
  });
  return {
    ofTask: new Map(located),
    usable: [...new Set(usable.flatMap((node) => zoneOf(node) ?? []))].sort(),
    asOf: deps.now(),
  };
}

/** Whether new Pods may come to a node, as far as that is the node's own affair. */
function takesTasks(node: Node, pool: NodePool | undefined): boolean {
  const { unschedulable = false, taints = [] } = node.spec ?? {};
  if (!isReady(node) || unschedulable || (pool !== undefined && !isInPool(node, pool))) return false;
  return taints.every(({ key, value, effect }) => {
    if (effect === "PreferNoSchedule") return true;
    return pool?.tolerations.some((each) => {
      const same = each.operator === "Exists" || (each.value ?? "") === (value ?? "");
      return (
        same && (each.key === undefined || each.key === key) && (each.effect === undefined || each.effect === effect)
      );
    });
  });
}

const zoneOf = ({ metadata }: Node): string | undefined => metadata?.labels?.[ZONE_LABEL];

/** What decides of a node whether, and in which zone, tasks may come to it: the same text as long as nothing changes. */
export function placeOf(node: Node | undefined): string {
  if (node === undefined || !isReady(node) || node.spec?.unschedulable === true) return "";
  const taints = (node.spec?.taints ?? []).map(({ key, value = "", effect }) => `${key}=${value}:${effect}`);
  return [zoneOf(node) ?? "", ...taints].join(" ");
}
