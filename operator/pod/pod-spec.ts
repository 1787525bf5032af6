import { secretKeyOf } from "#lib/ecs/secret-reference.ts";
import { containersOf } from "./containers.ts";
import type { PodSpec } from "./kubernetes-types.ts";
import type { NamedContainer, PodInput } from "./input.ts";
import { logRouterAnnotations, withLogRouter } from "./log-router.ts";
import { podAnnotations, podLabels } from "./metadata.ts";
import { podContainerName } from "./names.ts";
import { networkOf } from "./network.ts";
import { withOverrides } from "./overrides.ts";
import { placementOf } from "./placement.ts";
import { CAPACITY_GATE } from "./pool.ts";
import { podResources } from "./resources.ts";
import { withoutRestarts } from "./restart.ts";
import { podSecurityContextOf } from "./security.ts";
import { roleAccess, withRoleAccess } from "./task-role.ts";
import { volumesOf } from "./volumes.ts";

/** Seconds between TERM and KILL of a container that names none. */
const DEFAULT_STOP_TIMEOUT = 30;

/** A Pod without name and namespace: a task's, or the template of a service's Deployment. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Record<string, string>; readonly annotations: Record<string, string> };
  readonly spec: PodSpec;
}

/**
 * The Pod that runs a task definition with one task's overrides: the one place where ECS's members become
 * Kubernetes'. The same input always gives the same Pod. What it cannot honour, `lib/ecs/supported.ts` refuses.
 *
 * `executionRoleArn` is accepted and gives no credentials. Output of every `logConfiguration` that
 * is accepted goes to the Pod's log, from where the gateway takes it.
 * @throws InvalidParameterException when a task-level size is no number.
 */
export function podSpecOf(input: PodInput): PodTemplate {
  const { task, restartPolicy, nodeName } = input;
  const definition = withOverrides(input.taskDefinition, input.overrides);
  const all = definition.containerDefinitions;
  const { initContainers, containers } = containersOf(definition, task, input.images);
  const volumes = volumesOf(definition.volumes ?? [], all, input.volumeConfigurations ?? []);
  const access = roleAccess(definition, task.surroundings);
  const resources = podResources(definition, access.memoryMiB);
  const securityContext = podSecurityContextOf(all);
  const imagePullSecrets = pullSecretsOf(all);
  const spec = withRoleAccess(
    withLogRouter(
      {
        restartPolicy,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: Math.max(...all.map(({ stopTimeout }) => stopTimeout ?? DEFAULT_STOP_TIMEOUT)),
        ...(nodeName !== undefined && { nodeName }),
        ...placementOf({
          platform: definition.runtimePlatform,
          constraints: [...(definition.placementConstraints ?? []), ...(input.placementConstraints ?? [])],
          strategy: input.placementStrategy ?? [],
          task,
          pool: input.pool,
          ...(input.hosts && { hosts: input.hosts }),
        }),
        ...(input.undecided === true && { schedulingGates: [{ name: CAPACITY_GATE }] }),
        ...networkOf(definition),
        ...(initContainers.length > 0 && { initContainers }),
        containers,
        ...(volumes.length > 0 && { volumes }),
        ...(resources && { resources }),
        ...(securityContext && { securityContext }),
        ...(imagePullSecrets.length > 0 && { imagePullSecrets }),
      },
      definition,
    ),
    access,
  );
  return {
    metadata: {
      labels: podLabels(task, definition.family),
      annotations: { ...podAnnotations(input), ...logRouterAnnotations(definition, task) },
    },
    spec: withoutRestarts(
      spec,
      all.filter(isNonEssential).map(({ name }) => podContainerName(name)),
      task.surroundings,
    ),
  };
}

const isNonEssential = ({ essential }: NamedContainer): boolean => essential === false;

function pullSecretsOf(containers: readonly NamedContainer[]): { name: string }[] {
  const names = containers.flatMap(({ repositoryCredentials }) => {
    const secret = repositoryCredentials && secretKeyOf(repositoryCredentials.credentialsParameter);
    return secret ? [secret.secretName] : [];
  });
  return [...new Set(names)].map((name) => ({ name }));
}
