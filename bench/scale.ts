import { setTimeout as sleep } from "node:timers/promises";
import { ListTasksCommand } from "@aws-sdk/client-ecs";
import { absolute, amount, type Bench, type Figure, progress } from "./figure.ts";
import { coldStart } from "./cold-start.ts";
import { MachineSpeed } from "./machine-speed.ts";
import { createServices, type Ground, namesOf, openGround, shared, type Usage, usage } from "./installation.ts";

const MOST_GROWTH = 1.1;

interface Sizes {
  /** Tasks of each service. */
  readonly each: number;
  /** Services of each ECS cluster. */
  readonly ofCluster: number;
  readonly levels: readonly number[];
  /** With how many tasks gateway and operator are started anew. */
  readonly coldAt: number;
  readonly idleMs: number;
}

const FULL: Sizes = {
  each: 100,
  ofCluster: 10,
  levels: [1_000, 3_000, 10_000, 30_000],
  coldAt: 10_000,
  idleMs: 30_000,
};
const QUICK: Sizes = { each: 10, ofCluster: 4, levels: [20, 40], coldAt: 40, idleMs: 1_000 };

interface Level {
  readonly tasks: number;
  readonly before: Usage;
  readonly after: Usage;
  /** CPU that a fixed piece of work took meanwhile, in milliseconds. */
  readonly workMs: number;
  /** After a minute in which nothing happened. */
  readonly settled: Usage;
  /** CPU of gateway and operator while nothing happens, in percent of a core. */
  readonly idlePercent: number;
}

/** What a task costs, as their number grows; memory and idle CPU at each number; a cold start over many tasks. */
export const scale: Bench = {
  title: "Growth",
  how:
    "Services of 100 tasks, ten in each ECS cluster, on simulated nodes, until so many tasks run. Between two numbers: requests to the API server " +
    "(everybody's, so Kubernetes' own too) and CPU seconds of gateway and operator, for each task that came; a fixed piece of work, " +
    "timed every five seconds, says how fast the machine was meanwhile. At each: " +
    "resident memory right after the last task runs and after a minute in which nothing happens, and CPU over the second half of that. Cold starts: from the start of the process until it is ready.",
  limit:
    "of CPU per task: gateway and operator commit, look and count as long as something changes, so a task costs what the time " +
    "costs in which it comes: fewer come in a second once the API server and its garbage collection fill the cores. Of memory: " +
    "the gateway's is programs and libraries (91 MiB), DuckDB (up to 128), the heap with its lists and cache, and what " +
    "allocators keep after a busy hour; the operator's are the Pods and tasks themselves. Of a cold start, both at once on two " +
    "cores: the API server's encoding of all tasks and Pods, and their parsing. Of idle CPU: every five minutes the gateway " +
    "looks for what is to be archived, which takes a second or two where much has changed.",
  async run({ quick }): Promise<Figure[]> {
    const sizes = quick ? QUICK : FULL;
    const { each, coldAt, idleMs } = sizes;
    const fleet = new Fleet(sizes);
    const levels: Level[] = [];
    const cold: Figure[] = [];
    try {
      const empty = await usage();
      await fleet.grow(each); // warms what is cold in the first minute of a process
      for (const tasks of sizes.levels) {
        const before = await usage();
        const speed = new MachineSpeed();
        await fleet.grow(tasks);
        const after = await usage();
        levels.push({ tasks, before, after, workMs: speed.end(), ...(await idle(idleMs)) });
        tell(levels, each);
        if (tasks === coldAt) cold.push(...(await coldStarts(tasks)));
      }
      return [...growth(levels, each), ...memory("0 tasks", empty), ...levels.flatMap(ofLevel), ...cold];
    } finally {
      await fleet.dispose();
    }
  },
};

/** What stands already, should the run be ended before it is over. */
function tell(levels: readonly Level[], start: number): void {
  const [latest] = levels.slice(-1);
  if (latest === undefined) return;
  const figures = [...growth(levels, start).slice(-5, -2), ...ofLevel(latest)];
  for (const { what, ours } of figures) progress(`${what}: ${ours}`);
}

/** Services in as many ECS clusters as they take. */
class Fleet {
  readonly #sizes: Sizes;
  readonly #grounds: Ground[] = [];
  readonly #services = new Set<string>();
  #taskDefinition = "";

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
  }

  /** Adds services until there are so many tasks, and waits until all of them run. */
  async grow(tasks: number): Promise<void> {
    const { each, ofCluster } = this.#sizes;
    const wanted = tasks / each;
    while (this.#grounds.length * ofCluster < wanted) this.#grounds.push(await openGround());
    const [first] = this.#grounds;
    this.#taskDefinition ||= (await first?.register()) ?? "";
    const added = shared(this.#grounds, namesOf(wanted), ofCluster).map(({ ground, names }) => ({
      ground,
      names: names.filter((name) => !this.#services.has(name)),
    }));
    const service = { taskDefinition: this.#taskDefinition, desiredCount: each };
    await createServices(added, service, (left) => progress(`growth to ${tasks} tasks: ${left} services left`));
    for (const name of namesOf(wanted)) this.#services.add(name);
    for (const { ecs, cluster } of this.#grounds) await ecs.send(new ListTasksCommand({ cluster }));
  }

  async dispose(): Promise<void> {
    for (const ground of this.#grounds) await ground.dispose();
  }
}

async function idle(forMs: number): Promise<Pick<Level, "settled" | "idlePercent">> {
  await sleep(forMs); // what was under way ends
  const before = await usage();
  await sleep(forMs);
  const settled = await usage();
  return { settled, idlePercent: ((settled.cpuSeconds - before.cpuSeconds) / (forMs / 1000)) * 100 };
}

function growth(levels: readonly Level[], start: number): Figure[] {
  const perTask = levels.map(({ tasks, before, after, workMs }, index) => {
    const added = tasks - (levels[index - 1]?.tasks ?? start);
    const cost = (of: (one: Usage) => number): number => (of(after) - of(before)) / added;
    return { tasks, workMs, requests: cost((one) => one.apiRequests), cpuMs: cost((one) => one.cpuSeconds * 1000) };
  });
  const [first, last] = [perTask[0], perTask.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rows = perTask.flatMap(({ tasks, requests, cpuMs, workMs }): Figure[] => [
    { what: `API requests per task, up to ${tasks} tasks`, ours: amount(requests, "requests") },
    { what: `CPU of gateway and operator per task, up to ${tasks} tasks`, ours: amount(cpuMs, "ms") },
    { what: `CPU of a fixed piece of work meanwhile, up to ${tasks} tasks`, ours: amount(workMs, "ms") },
  ]);
  const flat = (what: string, one: number, other: number): Figure => ({
    what,
    ours: amount(other, ""),
    against: "at the smallest number",
    theirs: amount(one, ""),
    ratio: other / one,
    target: `≤ ${MOST_GROWTH} ×`,
    met: other / one <= MOST_GROWTH,
  });
  return [
    ...rows,
    flat(`growth of API requests per task, ${first.tasks} to ${last.tasks} tasks`, first.requests, last.requests),
    flat(
      `growth of CPU per task, ${first.tasks} to ${last.tasks} tasks, by the fixed work's`,
      first.cpuMs / first.workMs,
      last.cpuMs / last.workMs,
    ),
  ];
}

function memory(when: string, { gatewayMiB, operatorMiB }: Usage): Figure[] {
  return [
    absolute(`memory of the gateway, ${when}`, gatewayMiB, "MiB", 300),
    absolute(`memory of the operator, ${when}`, operatorMiB, "MiB", 250),
  ];
}

function ofLevel({ tasks, after, settled, idlePercent }: Level): Figure[] {
  return [
    ...memory(`${tasks} tasks`, settled),
    ...memory(`${tasks} tasks, right after the last one`, after),
    absolute(`idle CPU of gateway and operator, ${tasks} tasks`, idlePercent, "% of a core", 1),
  ];
}

async function coldStarts(tasks: number): Promise<Figure[]> {
  const taken = await coldStart();
  const figures = [
    absolute(`cold start of the gateway over ${tasks} tasks`, taken.gateway, "s", 5),
    absolute(`cold start of the operator over ${tasks} tasks`, taken.operator, "s", 5),
  ];
  for (const { what, ours } of figures) progress(`${what}: ${ours}`);
  return figures;
}
