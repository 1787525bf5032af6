import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeTasksCommand, RunTaskCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { type Pod, RESOURCE } from "../lib/kube/resources.ts";
import { watchStream } from "../lib/kube/watch-stream.ts";
import { absolute, atMost, type Bench, type Figure, progress } from "./figure.ts";
import { bareDeployment, type Ground, openGround, seconds, together } from "./installation.ts";
import { median, percentile } from "./statistics.ts";

const LIMIT_MS = 30_000;
const TOGETHER = 10;

interface Sample {
  /** Until the call answered, in milliseconds. */
  readonly call: number;
  /** Until it was seen to run, in milliseconds. */
  readonly running: number;
}

/** One task of RunTask, beside a bare Pod of the same shape. */
export const runTask: Bench = {
  title: "RunTask",
  how:
    "One task of RunTask, until DescribeTasks says RUNNING; one Pod of the same shape, until a watch says Running; in turn, " +
    "with pauses of random length, since a kubelet looks at its containers once a second. On the real node, where there is " +
    "one, and on a simulated one. Then RunTask of ten tasks beside ten plain objects written in parallel.",
  limit:
    "a task is an object of its own beside its Pod: it is written and seen by the gateway before the call is answered, seen by the " +
    "operator before the Pod is made, and written and seen again when the Pod runs. Of the second that a real container takes " +
    "these are a tenth; a simulated node answers at once, so there they are nearly all.",
  async run({ quick }): Promise<Figure[]> {
    const rounds = quick ? 1 : 20;
    const ground = await openGround();
    try {
      const real = await hasRealNode(ground);
      const onReal = real ? await oneByOne(ground, { rounds, simulated: false }) : [];
      const onSimulated = await oneByOne(ground, { rounds, simulated: true });
      return [...onReal, ...onSimulated, ...(await tenAtOnce(ground, quick ? 1 : 20))];
    } finally {
      await ground.dispose();
    }
  },
};

async function hasRealNode({ kube }: Ground): Promise<boolean> {
  const { items } = await kube.list(RESOURCE.nodes, { labelSelector: "kecs.io/node-kind!=kwok" });
  return items.length > 0;
}

interface Rounds {
  readonly rounds: number;
  readonly simulated: boolean;
}

async function oneByOne(ground: Ground, { rounds, simulated }: Rounds): Promise<Figure[]> {
  const taskDefinition = await ground.register();
  const where = simulated ? "simulated node" : "real container";
  const [tasks, pods]: [Sample[], Sample[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    progress(`RunTask, ${where}: round ${round} of ${rounds}`);
    await settle();
    const task = await ecsTask(ground, taskDefinition, simulated);
    await settle();
    const pod = await barePod(ground, simulated);
    if (round === 0) continue; // warms caches
    tasks.push(task);
    pods.push(pod);
  }
  const figure = (what: string, of: (sample: Sample) => number): Figure[] => {
    const compare = (name: string, limit: number, at: (samples: readonly number[]) => number): Figure => {
      const sides = { ours: at(tasks.map(of)), theirs: at(pods.map(of)) };
      return atMost(limit, { what: `${what}, ${where}, ${name}`, against: "bare Pod", unit: "ms", ...sides });
    };
    return [compare("p50", 1.15, median), compare("p99", 1.3, (samples) => percentile(samples, 99))];
  };
  return [...figure("RunTask call", ({ call }) => call), ...figure("RunTask → RUNNING", ({ running }) => running)];
}

/** Lets what was stopped go away, and begins at any moment of the kubelet's second. */
async function settle(): Promise<void> {
  await sleep(2500 + 1000 * Math.random());
}

async function ecsTask({ ecs, cluster }: Ground, taskDefinition: string, simulated: boolean): Promise<Sample> {
  const started = performance.now();
  // Without a launch type it is the cluster's default strategy: the simulated nodes.
  const launch = simulated ? {} : ({ launchType: "EC2" } as const);
  const { tasks } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition, ...launch }));
  const call = performance.now() - started;
  const task = tasks?.[0]?.taskArn;
  if (task === undefined) throw new Error("RunTask started no task");
  while (performance.now() - started < LIMIT_MS) {
    const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [task] }));
    if (described.tasks?.[0]?.lastStatus === "RUNNING") {
      const running = performance.now() - started;
      await ecs.send(new StopTaskCommand({ cluster, task }));
      return { call, running };
    }
    await sleep(10);
  }
  throw new Error(`${task} was not RUNNING within ${LIMIT_MS} ms`);
}

async function barePod({ kube, namespace }: Ground, simulated: boolean): Promise<Sample> {
  const name = `pod-${randomUUID()}`;
  const { spec } = bareDeployment(name, namespace, 1).spec?.template ?? {};
  if (spec === undefined) throw new Error("The Deployment has no Pod.");
  const { nodeSelector: _, tolerations: __, ...anywhere } = spec;
  const pod: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: { ...(simulated ? spec : anywhere), restartPolicy: "Never" },
  };
  const end = AbortSignal.timeout(LIMIT_MS);
  const watch = new AbortController();
  const changes = watchStream<Pod>(kube, RESOURCE.pods, {
    namespace,
    fieldSelector: `metadata.name=${name}`,
    signal: AbortSignal.any([end, watch.signal]),
  });
  await changes.next(); // the list, empty: from now on nothing is missed
  const started = performance.now();
  await kube.create(RESOURCE.pods, pod);
  const call = performance.now() - started;
  for await (const change of changes) {
    if (!("object" in change) || change.object.status?.phase !== "Running") continue;
    const running = performance.now() - started;
    watch.abort();
    await kube.delete(RESOURCE.pods, { namespace, name }, { gracePeriodSeconds: 0 });
    return { call, running };
  }
  throw new Error(`${name} was not Running within ${LIMIT_MS} ms`);
}

async function tenAtOnce(ground: Ground, rounds: number): Promise<Figure[]> {
  const { ecs, kube, cluster, namespace } = ground;
  const taskDefinition = await ground.register();
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    progress(`RunTask of ${TOGETHER}: round ${round} of ${rounds}`);
    const arns: string[] = [];
    const call = await seconds(async () => {
      const { tasks = [] } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition, count: TOGETHER }));
      arns.push(...tasks.flatMap(({ taskArn }) => taskArn ?? []));
    });
    const names = Array.from({ length: TOGETHER }, () => randomUUID());
    const plain = await seconds(() =>
      Promise.all(names.map((name) => kube.create(RESOURCE.configmaps, { metadata: { name, namespace } }))),
    );
    await together(arns, (task) => ecs.send(new StopTaskCommand({ cluster, task })));
    await sleep(500);
    if (round === 0) continue;
    ours.push(call * 1000);
    theirs.push(plain * 1000);
  }
  const against = `${TOGETHER} plain objects`;
  const what = `RunTask of ${TOGETHER} tasks, call`;
  return [
    atMost(1.3, { what: `${what}, p50`, against, unit: "ms", ours: median(ours), theirs: median(theirs) }),
    absolute(`${what}, p50`, median(ours), "ms", 50),
  ];
}
