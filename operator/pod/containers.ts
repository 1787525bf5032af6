import { environmentFilesOf, environmentOf } from "./environment.ts";
import { hasHealthCheck, readinessProbe, startupProbe } from "./health.ts";
import { type ContainerImages, imageOf } from "./image.ts";
import type { NamedContainer, TaskInfo } from "./input.ts";
import { podContainerName } from "./names.ts";
import { type EarlyContainer, startOrder } from "./order.ts";
import type { EffectiveDefinition } from "./overrides.ts";
import { portsOf } from "./ports.ts";
import { processOf } from "./process.ts";
import { restartRulesOf } from "./restart.ts";
import { containerResources } from "./resources.ts";
import { securityContextOf } from "./security.ts";
import { mountsOf } from "./volumes.ts";
import type { Container, ResourceRequirements } from "./kubernetes-types.ts";

/** Containers of the Pod: those that others wait for as init containers, the rest beside each other. */
export function containersOf(
  definition: EffectiveDefinition,
  task: TaskInfo,
  images: ContainerImages | undefined,
): { initContainers: Container[]; containers: Container[] } {
  const resources = containerResources(definition);
  const build = (container: NamedContainer, until?: EarlyContainer["until"]): Container => ({
    ...containerOf(container, definition, task, resources.get(container.name)),
    ...processOf(container, until),
    ...restartRulesOf(container, until),
    ...imageOf(container, images),
  });
  const { early, main } = startOrder(definition.containerDefinitions);
  return {
    initContainers: early.map((entry) => initContainer(entry, build(entry.container, entry.until))),
    containers: main.map((container) => withReadiness(container, build(container))),
  };
}

function containerOf(
  container: NamedContainer,
  definition: EffectiveDefinition,
  task: TaskInfo,
  resources: ResourceRequirements | undefined,
): Container {
  const all = definition.containerDefinitions;
  const ports = portsOf(container.portMappings, definition.networkMode);
  const volumeMounts = mountsOf(container, all.indexOf(container), definition);
  const securityContext = securityContextOf(container);
  const envFrom = environmentFilesOf(container);
  return {
    name: podContainerName(container.name),
    ...(envFrom.length > 0 && { envFrom }),
    env: environmentOf(container, task),
    ...(ports.length > 0 && { ports }),
    ...(volumeMounts.length > 0 && { volumeMounts }),
    ...(resources && { resources }),
    ...(securityContext && { securityContext }),
  };
}

function initContainer({ container, until }: EarlyContainer, built: Container): Container {
  if (until === "finish" || until === "complete") return built;
  const sidecar = { ...withReadiness(container, built), restartPolicy: "Always" };
  const check = container.healthCheck;
  return until === "healthy" && hasHealthCheck(check) ? { ...sidecar, startupProbe: startupProbe(check) } : sidecar;
}

function withReadiness(container: NamedContainer, built: Container): Container {
  const check = container.healthCheck;
  return hasHealthCheck(check) ? { ...built, readinessProbe: readinessProbe(check) } : built;
}
