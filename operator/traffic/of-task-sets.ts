import type { KubeObject } from "#lib/kube/resources.ts";
import type { Child, Traffic, TrafficPlan } from "./state.ts";

/**
 * What brings traffic to the tasks of a service's task sets: what each asks for, together. Two of them may stand behind
 * one target group, which has one Kubernetes Service then. What their Pods need is a matter of each.
 */
export function trafficOfTaskSets(each: readonly (Traffic | undefined)[]): TrafficPlan {
  const plans = each.flatMap((traffic) => (traffic === undefined || "problem" in traffic ? [] : [traffic]));
  return {
    services: onePerName(
      plans.flatMap(({ services }) => services),
      (service) => service,
    ),
    routes: onePerName<Child>(
      plans.flatMap(({ routes }) => routes),
      ({ object }) => object,
    ),
    tests: new Map(),
    labels: {},
    hosts: [],
    drainSeconds: 0,
    ...(plans.length < each.length && { partial: true }),
  };
}

function onePerName<T>(all: readonly T[], objectOf: (one: T) => KubeObject): T[] {
  return [...new Map(all.map((one) => [objectOf(one).metadata?.name ?? "", one])).values()];
}
