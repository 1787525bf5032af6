import type { PodTemplate } from "../pod/pod-spec.ts";
import type { Container, HostAlias } from "../pod/kubernetes-types.ts";
import { mergeHosts } from "./hosts.ts";
import type { TrafficPlan } from "./state.ts";

/**
 * A service's Pod with what its traffic needs: the labels by which Services find it, names of other services, and time
 * to drain. ECS takes a task out of its target groups before it tells it to stop; Kubernetes does both at once, so each
 * container first goes on for a while.
 * @param begunHosts the host aliases of the deployment's Pods that there are: like ECS's, they are those of its start
 * @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 */
export function withTraffic(
  { metadata, spec }: PodTemplate,
  { labels, hosts, drainSeconds }: TrafficPlan,
  begunHosts: readonly HostAlias[] | undefined,
): PodTemplate {
  const own = spec.hostAliases ?? [];
  const hostAliases = begunHosts ?? (hosts.length > 0 ? mergeHosts([...own, ...hosts]) : own);
  const { terminationGracePeriodSeconds = 0 } = spec;
  return {
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec: {
      ...spec,
      ...(hostAliases.length > 0 && { hostAliases: [...hostAliases] }),
      ...(drainSeconds > 0 && {
        terminationGracePeriodSeconds: terminationGracePeriodSeconds + drainSeconds,
        containers: spec.containers.map((container) => draining(container, drainSeconds)),
      }),
    },
  };
}

const draining = (container: Container, seconds: number): Container => ({
  ...container,
  lifecycle: { ...container.lifecycle, preStop: { sleep: { seconds } } },
});
