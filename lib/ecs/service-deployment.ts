import { createHash } from "node:crypto";

import { contentHash } from "#lib/kube/apply.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { ANNOTATIONS } from "./labels.ts";
import { isConnected } from "./traffic/discovery.ts";

/**
 * The 19 digits of the id (`ecs-svc/<digits>`) of the ECS deployment that a service's spec asks for: the same for the
 * same service and the same facts, so that whoever reads the service knows the id, and a restart or an upgrade of the
 * operator makes no new deployment.
 */
export function deploymentDigits(service: ECSService, taskDefinitionArn: string): string {
  const facts = contentHash(deploymentFacts(service, taskDefinitionArn));
  return stableDigits(service.metadata.uid ?? "", facts);
}

/** 19 digits made from `facts`, as ids of ECS deployments and service revisions have. */
export function stableDigits(...facts: readonly string[]): string {
  const hash = createHash("sha256").update(facts.join(" ")).digest();
  const digits = (hash.readBigUInt64BE() % 9_000_000_000_000_000_000n) + 1_000_000_000_000_000_000n;
  return String(digits);
}

/** `ecs-svc/<digits>` */
export function deploymentId(digits: string): string {
  return `ecs-svc/${digits}`;
}

/** What makes a new ECS deployment when it changes; how many tasks, tags and limits of a rollout do not. */
function deploymentFacts({ spec, metadata }: ECSService, taskDefinition: string): object {
  return {
    taskDefinition,
    launchType: spec.launchType,
    capacityProviderStrategy: spec.capacityProviderStrategy,
    platformVersion: spec.platformVersion,
    networkConfiguration: spec.networkConfiguration,
    loadBalancers: filled(spec.loadBalancers),
    serviceRegistries: filled(spec.serviceRegistries),
    serviceConnect: isConnected(spec.serviceConnectConfiguration) ? spec.serviceConnectConfiguration : undefined,
    volumeConfigurations: spec.volumeConfigurations,
    forced: metadata.annotations?.[ANNOTATIONS.forcedDeployment],
  };
}

/** None and an empty list ask for the same. */
function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list?.length ? list : undefined;
}
