import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { isNotFound } from "../lib/kube/errors.ts";
import { RESOURCE } from "../lib/kube/resources.ts";
import { amount, atMost, type Bench, type Figure, progress } from "./figure.ts";
import {
  bareDeployment,
  createServices,
  deploymentsReady,
  type Ground,
  namesOf,
  openGround,
  seconds,
  servicesStable,
  shared,
  together,
  until,
  type Usage,
  usage,
} from "./installation.ts";
import { median } from "./statistics.ts";

const TASKS_EACH = 10;
const SIZES = {
  // So many come up and go before it counts: the first minute of each process is slower.
  full: { count: 1_000, ofCluster: 100, warmUp: 10 },
  quick: { count: 10, ofCluster: 10, warmUp: 1 },
};

const LIMIT =
  "each task is an object of its own beside its Pod, made once, written once when it runs and twice when it goes, and each of " +
  "these costs the API server about what a write of a Pod does: 8 to 9 requests for a task that comes, 5 for a bare Pod. Gateway and " +
  "operator share the two cores with it, which are full in both cases.";

/** Many services at once, beside as many Deployments: what ECS on top of Kubernetes costs to come up. */
export const services: Bench = {
  title: "Services to steady state",
  how:
    "Services of ten tasks are created, a hundred in each ECS cluster, 16 calls at a time, on simulated nodes; the clock " +
    "stops when all are stable as the AWS clients' waiter has it. Before, as many Deployments of the same shape: until all are ready. Some of both come first " +
    "and are not counted: what is measured are processes that run.",
  limit: LIMIT,
  async run({ quick }): Promise<Figure[]> {
    const { count, ofCluster, warmUp } = quick ? SIZES.quick : SIZES.full;
    await inGrounds(1, (grounds) => ours(grounds, warmUp, warmUp));
    return inGrounds(count / ofCluster, async (grounds) => {
      await deployments(grounds.slice(0, 1), warmUp, warmUp);
      const theirs = await costing(() => deployments(grounds, count, ofCluster));
      const taken = await costing(() => ours(grounds, count, ofCluster));
      const what = `${count} services × ${TASKS_EACH} tasks to steady state`;
      const against = "bare Deployments";
      return [
        atMost(1.25, { what, against, unit: "s", ours: taken.seconds, theirs: theirs.seconds }),
        ...costs(taken, theirs, count * TASKS_EACH),
      ];
    });
  },
};

interface Cost extends Pick<Usage, "apiRequests" | "apiServerCpuSeconds" | "cpuSeconds"> {
  readonly seconds: number;
}

/** What it costs until all run: not what it costs to remove the bare ones again. */
async function costing(act: () => Promise<Taken>): Promise<Cost> {
  const before = await usage();
  const { seconds: taken, after } = await act();
  return {
    seconds: taken,
    apiRequests: after.apiRequests - before.apiRequests,
    apiServerCpuSeconds: after.apiServerCpuSeconds - before.apiServerCpuSeconds,
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
  };
}

/** Where the cores are full, these say what the time above is made of. */
function costs(ours: Cost, theirs: Cost, tasks: number): Figure[] {
  const per = (what: string, of: (cost: Cost) => number, unit: string): Figure => {
    const [mine, bare] = [of(ours) / tasks, of(theirs) / tasks];
    const against = { against: "bare Deployments", theirs: amount(bare, unit), ratio: mine / bare };
    return { what: `${what} per task`, ours: amount(mine, unit), ...against };
  };
  return [
    per("API requests", ({ apiRequests }) => apiRequests, "requests"),
    per("CPU of the API server", ({ apiServerCpuSeconds }) => apiServerCpuSeconds * 1000, "ms"),
    { what: "CPU of gateway and operator per task", ours: amount((ours.cpuSeconds * 1000) / tasks, "ms") },
  ];
}

async function inGrounds<T>(count: number, work: (grounds: readonly Ground[]) => Promise<T>): Promise<T> {
  const grounds: Ground[] = [];
  try {
    while (grounds.length < count) grounds.push(await openGround());
    return await work(grounds);
  } finally {
    for (const ground of grounds) await ground.dispose();
  }
}

interface Taken {
  readonly seconds: number;
  readonly after: Usage;
}

async function ours(grounds: readonly Ground[], count: number, toEach: number): Promise<Taken> {
  const [first] = grounds;
  const each = { taskDefinition: (await first?.register()) ?? "", desiredCount: TASKS_EACH };
  const tell = (left: number) => progress(`services: ${left} of ${count} left`);
  const taken = await seconds(() => createServices(shared(grounds, namesOf(count), toEach), each, tell));
  return { seconds: taken, after: await usage() };
}

/** As many Deployments in as many namespaces. */
async function deployments(grounds: readonly Ground[], count: number, toEach: number): Promise<Taken> {
  const shares = shared(grounds, namesOf(count), toEach).map(({ ground, names }) => {
    const namespace = `${ground.namespace}-bare`;
    return { kube: ground.kube, namespace, objects: names.map((name) => bareDeployment(name, namespace, TASKS_EACH)) };
  });
  for (const { kube, namespace } of shares) await kube.create(RESOURCE.namespaces, { metadata: { name: namespace } });
  progress(`services: ${count} bare Deployments`);
  const all = shares.flatMap(({ kube, objects }) => objects.map((object) => ({ kube, object })));
  const taken = await seconds(async () => {
    await together(all, ({ kube, object }) => kube.create(RESOURCE.deployments, object));
    for (const { kube, namespace, objects } of shares) await deploymentsReady(kube, namespace, objects.length);
  });
  const after = await usage();
  for (const { kube, namespace } of shares) await kube.delete(RESOURCE.namespaces, { name: namespace });
  for (const { kube, namespace } of shares) {
    await until("the bare Deployments are gone", () =>
      kube.get(RESOURCE.namespaces, { name: namespace }).then(() => false, isNotFound),
    );
  }
  return { seconds: taken, after };
}

/** A roll-out of one large service, beside that of the same Deployment. */
export const rollOut: Bench = {
  title: "Roll-out of a large service",
  how:
    "UpdateService to another revision, until the service is stable; a Deployment with the same limits (all new ones beside " +
    "the old ones) whose template changes, until it is rolled out. In turn, on simulated nodes; medians.",
  limit: LIMIT,
  async run({ quick }): Promise<Figure[]> {
    const [tasks, rounds] = quick ? [20, 1] : [100, 5];
    const ground = await openGround();
    const { kube, ecs, cluster, namespace } = ground;
    const bare = `${namespace}-bare`;
    try {
      await kube.create(RESOURCE.namespaces, { metadata: { name: bare } });
      await kube.create(RESOURCE.deployments, bareDeployment("bare", bare, tasks));
      await deploymentsReady(kube, bare, 1);
      const first = await ground.register();
      await createServices([{ ground, names: ["svc"] }], { taskDefinition: first, desiredCount: tasks });
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 1; round <= rounds; round += 1) {
        progress(`roll-out: round ${round} of ${rounds}`);
        const taskDefinition = await ground.register(String(3600 + round));
        theirs.push(
          await seconds(async () => {
            const patch = { spec: { template: { metadata: { annotations: { round: String(round) } } } } };
            await kube.mergePatch(RESOURCE.deployments, { namespace: bare, name: "bare" }, patch);
            await deploymentsReady(kube, bare, 1);
          }),
        );
        ours.push(
          await seconds(async () => {
            await ecs.send(new UpdateServiceCommand({ cluster, service: "svc", taskDefinition }));
            await servicesStable(ground, ["svc"]);
          }),
        );
      }
      const medians = { ours: median(ours), theirs: median(theirs) };
      return [
        atMost(1.25, {
          what: `roll-out of a ${tasks}-task service`,
          against: "bare Deployment",
          unit: "s",
          ...medians,
        }),
      ];
    } finally {
      await kube.delete(RESOURCE.namespaces, { name: bare });
      await ground.dispose();
    }
  },
};
