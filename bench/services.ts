import { UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { isNotFound } from "../lib/kube/errors.ts";
import { RESOURCE } from "../lib/kube/resources.ts";
import { atMost, type Bench, type Figure, progress } from "./figure.ts";
import {
  bareDeployment,
  createServices,
  deploymentsReady,
  type Ground,
  openGround,
  seconds,
  servicesStable,
  together,
  until,
} from "./installation.ts";
import { median } from "./statistics.ts";

const TASKS_EACH = 10;
const SIZES = {
  // So many come up and go before it counts: the first minute of each process is slower.
  full: { count: 1_000, warmUp: 10 },
  quick: { count: 20, warmUp: 2 },
};

/** Many services at once, beside as many Deployments: what ECS on top of Kubernetes costs to come up. */
export const services: Bench = {
  title: "Services to steady state",
  how:
    "Services of ten tasks are created, 16 calls at a time, on simulated nodes; the clock stops when all are stable as the " +
    "AWS clients' waiter has it. Before, as many Deployments of the same shape: until all are ready. Some of both come first " +
    "and are not counted: what is measured are processes that run.",
  async run({ quick }): Promise<Figure[]> {
    const { count, warmUp } = quick ? SIZES.quick : SIZES.full;
    await inGround((ground) => ours(ground, warmUp));
    return inGround(async (ground) => {
      await deployments(ground, warmUp);
      const theirs = await deployments(ground, count);
      const taken = await ours(ground, count);
      const what = `${count} services × ${TASKS_EACH} tasks to steady state`;
      return [atMost(1.25, { what, against: "bare Deployments", unit: "s", ours: taken, theirs })];
    });
  },
};

async function inGround<T>(work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await openGround();
  try {
    return await work(ground);
  } finally {
    await ground.dispose();
  }
}

async function ours(ground: Ground, count: number): Promise<number> {
  const each = { taskDefinition: await ground.register(), desiredCount: TASKS_EACH };
  const names = Array.from({ length: count }, (_, index) => `svc-${index}`);
  const tell = (left: number) => progress(`services: ${left} of ${count} left`);
  return seconds(() => createServices(ground, names, each, tell));
}

async function deployments({ kube, namespace }: Ground, count: number): Promise<number> {
  const bare = `${namespace}-bare`;
  await kube.create(RESOURCE.namespaces, { metadata: { name: bare } });
  const objects = Array.from({ length: count }, (_, index) => bareDeployment(`bare-${index}`, bare, TASKS_EACH));
  progress(`services: ${count} bare Deployments`);
  const taken = await seconds(async () => {
    await together(objects, (object) => kube.create(RESOURCE.deployments, object));
    await deploymentsReady(kube, bare, count);
  });
  await kube.delete(RESOURCE.namespaces, { name: bare });
  await until("the bare Deployments are gone", () =>
    kube.get(RESOURCE.namespaces, { name: bare }).then(() => false, isNotFound),
  );
  return taken;
}

/** A roll-out of one large service, beside that of the same Deployment. */
export const rollOut: Bench = {
  title: "Roll-out of a large service",
  how:
    "UpdateService to another revision, until the service is stable; a Deployment with the same limits (all new ones beside " +
    "the old ones) whose template changes, until it is rolled out. In turn, on simulated nodes; medians.",
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
      await createServices(ground, ["svc"], { taskDefinition: first, desiredCount: tasks });
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
