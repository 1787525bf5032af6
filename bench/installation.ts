/** The running installation, as the benches use it: simulated nodes, an ECS cluster on them, what its parts cost. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServicesCommand,
  PutClusterCapacityProvidersCommand,
  RegisterTaskDefinitionCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { credentials, environment } from "../e2e/support/environment.ts";
import { kubectl } from "../e2e/support/kubectl.ts";
import { createKubeClient, type KubeClient } from "../lib/kube/client.ts";
import { type Deployment, RESOURCE } from "../lib/kube/resources.ts";
import { RESOURCES } from "../model/generated/resources.generated.ts";

/** On a simulated node nothing runs: the name only has to be one. */
export const IMAGE = "busybox";
export const SIMULATED = { "kecs.io/node-kind": "kwok" };
export const TOLERATION = { key: "kwok.x-k8s.io/node", operator: "Exists" };
const LIMIT_MS = 2 * 3_600_000;
const TOGETHER = 16;

/** An ECS cluster whose tasks come to simulated nodes. */
export interface Ground {
  readonly ecs: ECSClient;
  readonly kube: KubeClient;
  readonly cluster: string;
  readonly namespace: string;
  /** Registers a revision of a task definition of one small container; gives `family:revision`. */
  register(command?: string): Promise<string>;
  /** Removes the cluster with its services. */
  dispose(): Promise<void>;
}

export async function openGround(): Promise<Ground> {
  // As clients have it unless they are told otherwise: what is refused for the moment is tried again.
  const ecs = new ECSClient({ endpoint: environment.endpoint, region: environment.region, credentials });
  const kube = createKubeClient({ kubeconfig: environment.kubeconfig, context: undefined });
  const cluster = `bench-${randomUUID().slice(0, 8)}`;
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await kube.create(RESOURCES.ECSCapacityProvider, {
    metadata: { name: cluster },
    spec: { nodeSelector: SIMULATED, tolerations: [TOLERATION] },
  } as object as { metadata: { name: string } });
  await until("the capacity provider is there", async () => {
    const input = { cluster, capacityProviders: [cluster] };
    const strategy = { defaultCapacityProviderStrategy: [{ capacityProvider: cluster }] };
    return ecs.send(new PutClusterCapacityProvidersCommand({ ...input, ...strategy })).then(
      () => true,
      () => false,
    );
  });
  return {
    ecs,
    kube,
    cluster,
    namespace: `ecs-${cluster}`,
    async register(command = "3600") {
      const container = { name: "main", image: IMAGE, memory: 16, command: ["sleep", command] };
      const input = { family: cluster, containerDefinitions: [container] };
      const { taskDefinition } = await ecs.send(new RegisterTaskDefinitionCommand(input));
      return `${taskDefinition?.family}:${taskDefinition?.revision}`;
    },
    async dispose() {
      await until("the cluster is deleted", async () => {
        // Also those that were made at the Kubernetes API, which no call waits for until the gateway has seen them.
        const services = await allServices(ecs, cluster);
        await together(services, (service) => ecs.send(new DeleteServiceCommand({ cluster, service, force: true })));
        return ecs.send(new DeleteClusterCommand({ cluster })).then(
          () => true,
          () => false, // tasks are still stopping
        );
      });
      await kube.delete(RESOURCES.ECSCapacityProvider, { name: cluster });
      ecs.destroy();
      kube.close();
    },
  };
}

async function allServices(ecs: ECSClient, cluster: string): Promise<string[]> {
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.send(new ListServicesCommand({ cluster, maxResults: 100, nextToken }));
    arns.push(...(page.serviceArns ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return arns;
}

export const namesOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `svc-${index}`);

/** Services of one ECS cluster. */
export interface Share {
  readonly ground: Ground;
  readonly names: readonly string[];
}

/**
 * Services spread over ECS clusters, so many to each: in one namespace Kubernetes' scheduler and its controllers look at
 * all Pods for each that comes, which takes 20 ms at 10,000.
 */
export function shared(grounds: readonly Ground[], names: readonly string[], toEach: number): Share[] {
  return grounds
    .map((ground, index) => ({ ground, names: names.slice(index * toEach, (index + 1) * toEach) }))
    .filter((share) => share.names.length > 0);
}

/** Creates services, a few calls at a time, and waits until all are stable. */
export async function createServices(
  shares: readonly Share[],
  each: { readonly taskDefinition: string; readonly desiredCount: number },
  tell: (left: number) => void = () => undefined,
): Promise<void> {
  const services = shares.flatMap(({ ground, names }) => names.map((name) => ({ ground, name })));
  await together(services, ({ ground: { ecs, cluster }, name }) =>
    ecs.send(new CreateServiceCommand({ cluster, serviceName: name, ...each })),
  );
  let others = services.length;
  for (const { ground, names } of shares) {
    others -= names.length;
    await servicesStable(ground, names, (left) => tell(left + others));
  }
}

/** Waits until these services are stable, as the clients' waiter has it: one deployment, and as many tasks as desired. */
export async function servicesStable(
  { ecs, cluster }: Pick<Ground, "ecs" | "cluster">,
  names: readonly string[],
  tell: (left: number) => void = () => undefined,
): Promise<void> {
  let left = [...names];
  const end = Date.now() + LIMIT_MS;
  while (left.length > 0) {
    if (Date.now() > end) throw new Error(`${left.length} services are not stable, the first is ${left[0]}`);
    const before = left;
    left = [];
    for (let at = 0; at < before.length; at += 10) {
      const asked = before.slice(at, at + 10);
      const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: asked }));
      left.push(...services.filter((each) => !isStable(each)).map(({ serviceName = "" }) => serviceName));
      // The first that is not stable says that there is time: the others need not be asked yet.
      if (left.length >= 10) {
        left.push(...before.slice(at + 10));
        break;
      }
    }
    tell(left.length);
    if (left.length > 0) await sleep(100);
  }
}

const isStable = ({ deployments = [], runningCount, desiredCount }: Service): boolean =>
  deployments.length === 1 && runningCount === desiredCount;

/** Deployments of Kubernetes' own, with as many Pods as they want. */
export async function deploymentsReady(kube: KubeClient, namespace: string, wanted: number): Promise<void> {
  await until(`${wanted} Deployments are ready`, async () => {
    const list = await kube.list<Deployment>(RESOURCE.deployments, { namespace, resourceVersion: "0" });
    return list.items.filter(isRolledOut).length === wanted;
  });
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const { replicas, updatedReplicas, readyReplicas } = status ?? {};
  const seen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1);
  return seen && [replicas, updatedReplicas, readyReplicas].every((count) => count === spec?.replicas);
}

/** A Deployment of the same shape as a service of {@link Ground.register}'s task definition. */
export function bareDeployment(name: string, namespace: string, replicas: number): Deployment {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      // What ECS does unless it is told otherwise.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "100%", maxUnavailable: 0 } },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: SIMULATED,
          tolerations: [TOLERATION],
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: "main",
              image: IMAGE,
              imagePullPolicy: "IfNotPresent", // as the operator has it
              command: ["sleep", "3600"],
              resources: { requests: { memory: "16Mi" }, limits: { memory: "16Mi" } },
            },
          ],
        },
      },
    },
  };
}

/** Does something with each, a few at a time. */
export async function together<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
}

/** Asks every tenth of a second. */
export async function until(what: string, ask: () => Promise<boolean>, limitMs = LIMIT_MS): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await ask())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs / 1000} s`);
    await sleep(100);
  }
}

/** Seconds that something takes. */
export async function seconds(act: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await act();
  return (performance.now() - started) / 1000;
}

/** What the parts of KECS and the API server have used since they started. */
export interface Usage {
  readonly gatewayMiB: number;
  readonly operatorMiB: number;
  /** Of both. */
  readonly cpuSeconds: number;
  readonly apiServerCpuSeconds: number;
  /** Requests that the API server has answered, everybody's, watches that go on left out. */
  readonly apiRequests: number;
}

export async function usage(): Promise<Usage> {
  const [gateway, operator] = await Promise.all([environment.admin, environment.operatorAdmin].map(metricsOf));
  const apiserver = await kubectl("get", "--raw", "/metrics");
  return {
    gatewayMiB: sum(gateway, "process_resident_memory_bytes") / 2 ** 20,
    operatorMiB: sum(operator, "process_resident_memory_bytes") / 2 ** 20,
    cpuSeconds: sum(gateway, "process_cpu_seconds_total") + sum(operator, "process_cpu_seconds_total"),
    apiServerCpuSeconds: sum(apiserver, "process_cpu_seconds_total"),
    apiRequests: sum(apiserver, "apiserver_request_total", (labels) => !labels.includes('verb="WATCH"')),
  };
}

async function metricsOf(admin: string): Promise<string> {
  const answer = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(10_000) });
  return answer.text();
}

/** The sum of a metric over all its labels, in Prometheus' text format. */
export function sum(text = "", name: string, wanted: (labels: string) => boolean = () => true): number {
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.filter(wanted).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
