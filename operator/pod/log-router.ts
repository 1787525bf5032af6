import { FIRELENS_PORT, logRouterOf, logRoutesAnnotation, usesFirelens } from "#lib/ecs/firelens.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { ROUTER_CONFIG_KEY, routerConfigSecretOf, secretKeyOf } from "#lib/ecs/secret-reference.ts";
import type { FirelensConfigurationType } from "#model/generated/types.generated.ts";
import type { NamedContainer, TaskInfo } from "./input.ts";
import { EXTERNAL_CONFIG_PATH, logRouterConfig, secretOptionVariable } from "./log-router-config.ts";
import { podContainerName } from "./names.ts";
import type { EffectiveDefinition } from "./overrides.ts";
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from "./kubernetes-types.ts";

const CONFIG = "kecs-log-router";
const EXTERNAL_CONFIG = `${CONFIG}-external`;
/** Folder and name under which the usual images look for their configuration. */
const CONFIG_FILE: Readonly<Record<FirelensConfigurationType, readonly [folder: string, name: string]>> = {
  fluentbit: ["/fluent-bit/etc", "fluent-bit.conf"],
  fluentd: ["/fluentd/etc", "fluent.conf"],
};
/** How long a log router goes on when the task's other containers have ended, for their last lines to arrive. */
const LAST_LINES_SECONDS = 5;

/** Annotations of the Pod: the log router's configuration, and which containers' output it is sent. */
export function logRouterAnnotations(definition: EffectiveDefinition, task: TaskInfo): Record<string, string> {
  const containers = definition.containerDefinitions;
  const config = logRouterConfig(containers, definition.family, task);
  const routes = logRoutesAnnotation(containers, task.launchType);
  if (config === undefined || routes === undefined) return {};
  return { [ANNOTATIONS.logRouterConfig]: config, [ANNOTATIONS.logRoutes]: routes };
}

/**
 * The Pod with its log router's configuration mounted, an annotation of its own, and what the containers have besides
 * that log to it. Output itself is sent by the gateway, which reads it through the Kubernetes API.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
 */
export function withLogRouter(spec: PodSpec, { containerDefinitions: all }: EffectiveDefinition): PodSpec {
  const router = logRouterOf(all);
  const type = router?.firelensConfiguration?.type;
  if (router === undefined || type === undefined) return spec;
  const senders = new Set(all.filter(usesFirelens).map(({ name }) => podContainerName(name)));
  const external = externalConfigOf(router, type);
  const changed = (container: Container): Container => {
    const sending = senders.has(container.name) ? withEnv(container, SENDER_ENV) : container;
    if (container.name !== podContainerName(router.name)) return sending;
    return {
      ...withEnv(sending, secretOptionsOf(all)),
      volumeMounts: [...(container.volumeMounts ?? []), configMount(type), ...external.mounts],
      lifecycle: { preStop: { sleep: { seconds: LAST_LINES_SECONDS } } },
    };
  };
  return {
    ...spec,
    ...(spec.initContainers && { initContainers: spec.initContainers.map(changed) }),
    containers: spec.containers.map(changed),
    volumes: [...(spec.volumes ?? []), configVolume(type), ...external.volumes],
  };
}

/** Where a container that has a Fluent logger of its own finds the router. */
const SENDER_ENV: readonly EnvVar[] = [
  { name: "FLUENT_HOST", value: "127.0.0.1" },
  { name: "FLUENT_PORT", value: String(FIRELENS_PORT) },
];

function withEnv(container: Container, given: readonly EnvVar[]): Container {
  const own = container.env ?? [];
  const names = new Set(own.map(({ name }) => name));
  return { ...container, env: [...given.filter(({ name }) => !names.has(name)), ...own] };
}

/** Values of secret options, which the configuration names by their variables. */
function secretOptionsOf(containers: readonly NamedContainer[]): EnvVar[] {
  return containers.flatMap((container, index) => {
    const options = usesFirelens(container) ? (container.logConfiguration?.secretOptions ?? []) : [];
    return options.flatMap(({ name, valueFrom }): EnvVar[] => {
      const key = secretKeyOf(valueFrom);
      const variable = secretOptionVariable(name, index);
      return key ? [{ name: variable, valueFrom: { secretKeyRef: { name: key.secretName, key: key.key } } }] : [];
    });
  });
}

function configVolume(type: FirelensConfigurationType): Volume {
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.annotations['${ANNOTATIONS.logRouterConfig}']` };
  return { name: CONFIG, downwardAPI: { items: [{ path: CONFIG_FILE[type][1], fieldRef }] } };
}

/** The file alone: what else the image has in that folder stays. */
function configMount(type: FirelensConfigurationType): VolumeMount {
  const [folder, name] = CONFIG_FILE[type];
  return { name: CONFIG, mountPath: `${folder}/${name}`, subPath: name, readOnly: true };
}

/** The configuration file that ECS would take from S3 is a Secret's. */
function externalConfigOf(
  { firelensConfiguration }: NamedContainer,
  type: FirelensConfigurationType,
): { readonly mounts: readonly VolumeMount[]; readonly volumes: readonly Volume[] } {
  const { "config-file-type": kind, "config-file-value": value = "" } = firelensConfiguration?.options ?? {};
  const secretName = kind === "s3" ? routerConfigSecretOf(value) : undefined;
  if (secretName === undefined) return { mounts: [], volumes: [] };
  const mount = { name: EXTERNAL_CONFIG, mountPath: EXTERNAL_CONFIG_PATH[type], subPath: ROUTER_CONFIG_KEY };
  return {
    mounts: [{ ...mount, readOnly: true }],
    volumes: [
      { name: EXTERNAL_CONFIG, secret: { secretName, items: [{ key: ROUTER_CONFIG_KEY, path: ROUTER_CONFIG_KEY }] } },
    ],
  };
}
