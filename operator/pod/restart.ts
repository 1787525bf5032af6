import { isRestartedByKubernetes } from "#lib/ecs/shell-wrapper.ts";
import type { NamedContainer, Surroundings } from "./input.ts";
import type { Container, PodSpec } from "./kubernetes-types.ts";
import type { EarlyContainer } from "./order.ts";

const RESTART = "Restart";

/**
 * With which exit codes Kubernetes starts a container again, as `restartPolicy` says. It does not know
 * `restartAttemptPeriod`: it waits 10 s, 20 s, … 300 s from the second restart on, and the operator ends a task whose
 * essential container did not run for so long.
 * @param until what the containers wait for that wait for this one
 */
export function restartRulesOf(
  container: NamedContainer,
  until: EarlyContainer["until"] | undefined,
): Pick<Container, "restartPolicy" | "restartPolicyRules"> {
  // A sidecar is always started again.
  if (!isRestartedByKubernetes(container) || until === "start" || until === "healthy") return {};
  const ignored = [...(container.restartPolicy?.ignoredExitCodes ?? []), ...(until === undefined ? [] : [0])];
  const values = [...new Set(ignored)];
  const rules =
    values.length > 0
      ? [{ action: RESTART, exitCodes: { operator: "NotIn", values } }]
      : ["In", "NotIn"].map((operator) => ({ action: RESTART, exitCodes: { operator, values: [0] } }));
  return { restartPolicy: "Never", restartPolicyRules: rules };
}

/**
 * The Pod of a service, whose containers that are not essential, once ended, stay so, where Kubernetes can do that to a
 * Deployment's Pods. An essential one's end is the task's: the operator removes the Pod, and where no operator runs
 * Kubernetes starts the container again, later and later; a Pod whose containers had all ended would be replaced at once,
 * as fast as they fail. Sidecars are left as they are: what makes an init container one is that it is always restarted.
 * @param nonEssential names of the Pod's containers
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#individual-container-restart-policy-and-rules
 */
export function withoutRestarts(
  spec: PodSpec,
  nonEssential: readonly string[],
  surroundings: Surroundings = {},
): PodSpec {
  if (spec.restartPolicy === "Never" || surroundings.containerRestartRules !== true) return spec;
  const containers = spec.containers.map(({ restartPolicy = "Never", restartPolicyRules, ...container }): Container =>
    nonEssential.includes(container.name)
      ? { ...container, restartPolicy, ...(restartPolicyRules && { restartPolicyRules }) }
      : container,
  );
  return { ...spec, containers };
}

/** Names of a Pod's containers that have a restart policy of their own: once ended they stay so, unless rules say otherwise. */
export function containersRunOnce(spec: PodSpec | undefined): string[] {
  return (spec?.containers ?? []).flatMap(({ name, restartPolicy }) => (restartPolicy === "Never" ? [name] : []));
}
