import { LABELS } from "#lib/ecs/labels.ts";
import type { DaemonSet } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";

/** What ECS fills in for a daemon's deployment configuration. */
const MINIMUM_HEALTHY_PERCENT = 0;

export function isDaemon({ spec }: ECSService): boolean {
  return spec.schedulingStrategy === "DAEMON";
}

/**
 * A daemon service as all that counts its tasks is to see it: it asks for as many as its DaemonSet finds nodes for.
 * Other services as they are.
 */
export function withDaemonCount(service: ECSService, daemonSet: DaemonSet | undefined): ECSService {
  if (!isDaemon(service)) return service;
  const desiredCount = daemonSet?.status?.desiredNumberScheduled ?? service.status?.desiredCount ?? 0;
  return { ...service, spec: { ...service.spec, desiredCount } };
}

/**
 * How a DaemonSet replaces its Pods: no more at a time than `minimumHealthyPercent` (0 unless given) lets stop, at
 * least one. A daemon never has a second task on a node, so `maximumPercent` has nothing to say.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export function daemonUpdate({ spec }: ECSService): NonNullable<NonNullable<DaemonSet["spec"]>["updateStrategy"]> {
  const { minimumHealthyPercent = MINIMUM_HEALTHY_PERCENT } = spec.deploymentConfiguration ?? {};
  const nodes = spec.desiredCount ?? 0;
  const least = Math.ceil((nodes * minimumHealthyPercent) / 100);
  const maxUnavailable = minimumHealthyPercent === 0 ? "100%" : Math.max(1, nodes - least);
  return { type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge: 0 } };
}

/** Whether the DaemonSet's controller has seen the present template. */
export function isDaemonSeen(daemonSet: DaemonSet | undefined, digits: string): boolean {
  const { metadata, spec, status } = daemonSet ?? {};
  return (
    spec?.template.metadata?.labels?.[LABELS.deployment] === digits &&
    (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0)
  );
}

/** Whether the DaemonSet's controller has brought the present template to all nodes. */
export function isDaemonRolledOut(daemonSet: DaemonSet | undefined, digits: string): boolean {
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0 } = daemonSet?.status ?? {};
  return isDaemonSeen(daemonSet, digits) && updatedNumberScheduled === desiredNumberScheduled;
}
