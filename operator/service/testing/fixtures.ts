import type { Identity } from "#lib/ecs/arns.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { Deployment } from "#lib/kube/resources.ts";
import type { ECSService, ECSServiceSpec, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { desiredService } from "../desired.ts";
import type { ServiceState, ServiceTask } from "../state.ts";
import { serviceStatus } from "../status.ts";
import type { StatusOutcome } from "../status-outcome.ts";

export const identity: Identity = { region: "us-east-1", accountId: "000000000000" };
export const start = new Date("2026-11-21T10:00:00.000Z");

/** `start` and some seconds more. */
export function after(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000);
}

export function service(spec: ECSServiceSpec = {}, more: Partial<ECSService["metadata"]> = {}): ECSService {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSService",
    metadata: {
      name: "web",
      namespace: "team",
      uid: "0a1b",
      generation: 1,
      creationTimestamp: "2026-11-21T10:00:00Z",
      ...more,
    },
    spec: { taskDefinition: "web", desiredCount: 2, ...spec },
  };
}

export function taskDefinition(
  revision: number | undefined,
  more: Partial<ECSTaskDefinition["spec"]> = {},
): ECSTaskDefinition {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskDefinition",
    metadata: { name: `web-${revision ?? "new"}`, uid: `td-${revision}`, creationTimestamp: "2026-11-21T09:00:00Z" },
    spec: {
      family: "web",
      ...(revision !== undefined && { revision }),
      containerDefinitions: [{ name: "web", image: "nginx", memory: 64, essential: true }],
      ...more,
    },
  };
}

export function state(more: Partial<ServiceState> = {}): ServiceState {
  return {
    service: service(),
    serviceName: "web",
    clusterName: "shop",
    clusterExists: true,
    taskDefinition: {
      found: {
        resource: taskDefinition(1),
        revision: 1,
        arn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
      },
    },
    replicaSets: [],
    tasks: [],
    serviceDeployments: [],
    serviceRevisions: [],
    alarms: [],
    ...more,
  };
}

/** The state after its Deployment was applied and its controller has seen it. */
export function applied(before: ServiceState): ServiceState {
  const desired = desiredService(before, identity);
  if (!("deployment" in desired)) throw new Error(`no Deployment: ${JSON.stringify(desired)}`);
  const { metadata } = desired.deployment;
  const deployment: Deployment = {
    ...desired.deployment,
    metadata: { ...metadata, generation: 1 },
    status: { observedGeneration: 1 },
  };
  return { ...before, deployment };
}

export function digitsOf({ deployment }: ServiceState): string {
  return deployment?.spec?.template.metadata?.labels?.[LABELS.deployment] ?? "";
}

export function task(id: string, deployment: string, more: Partial<ServiceTask> = {}): ServiceTask {
  return {
    id,
    deployment,
    phase: "RUNNING",
    createdAt: "2026-11-21T10:00:01Z",
    placed: true,
    stoppedByScheduler: false,
    failed: false,
    ...more,
  };
}

export function statusOf(of: ServiceState, now: Date): StatusOutcome {
  return serviceStatus(of, desiredService(of, identity), { identity, now });
}

/** The state with the status written as it was found. */
export function written(of: ServiceState, now: Date): ServiceState {
  return { ...of, service: { ...of.service, status: statusOf(of, now).status } };
}
