import { setTimeout as sleep } from "node:timers/promises";
import { ListTasksCommand } from "@aws-sdk/client-ecs";
import { absolute, amount, type Bench, type Figure, progress } from "./figure.ts";
import { coldStart } from "./cold-start.ts";
import { createServices, type Ground, openGround, type Usage, usage } from "./installation.ts";

const TASKS_EACH = 100;
const MOST_GROWTH = 1.1;
const IDLE_MS = { full: 30_000, quick: 5_000 };

interface Level {
  readonly tasks: number;
  readonly before: Usage;
  readonly after: Usage;
  /** CPU of gateway and operator while nothing happens, in percent of a core. */
  readonly idlePercent: number;
}

/** What a task costs, as their number grows; memory and idle CPU at each number; a cold start over many tasks. */
export const scale: Bench = {
  title: "Growth",
  how:
    "Services of 100 tasks on simulated nodes, until so many tasks run. Between two numbers: requests to the API server " +
    "(everybody's, so Kubernetes' own too) and CPU seconds of gateway and operator, for each task that came. At each: " +
    "resident memory, and CPU over 30 s in which nothing happens. Cold starts: from the start of the process until it is ready.",
  async run({ quick }): Promise<Figure[]> {
    const sizes = quick ? [200, 600] : [1_000, 3_000, 10_000, 30_000];
    const coldAt = quick ? 600 : 10_000;
    const ground = await openGround();
    const levels: Level[] = [];
    const cold: Figure[] = [];
    try {
      const empty = await usage();
      const taskDefinition = await ground.register();
      await grow(ground, taskDefinition, 0, TASKS_EACH); // warms what is cold in the first minute of a process
      for (const tasks of sizes) {
        const from = levels.at(-1)?.tasks ?? TASKS_EACH;
        const before = await usage();
        await grow(ground, taskDefinition, from, tasks);
        const after = await usage();
        levels.push({ tasks, before, after, idlePercent: await idle(quick ? IDLE_MS.quick : IDLE_MS.full) });
        tell(levels);
        if (tasks === coldAt) cold.push(...(await coldStarts(tasks)));
      }
      return [...growth(levels, TASKS_EACH), ...memory(empty, levels), ...cold];
    } finally {
      await ground.dispose();
    }
  },
};

/** What stands already, should the run be ended before it is over. */
function tell(levels: readonly Level[]): void {
  const [latest] = levels.slice(-1);
  if (latest === undefined) return;
  const figures = [...growth(levels, TASKS_EACH).slice(-4, -2), ...memory(latest.before, [latest]).slice(-3)];
  for (const { what, ours } of figures) progress(`${what}: ${ours}`);
}

async function grow(ground: Ground, taskDefinition: string, from: number, to: number): Promise<void> {
  const { ecs, cluster } = ground;
  const names: string[] = [];
  for (let at = from; at < to; at += TASKS_EACH) names.push(`svc-${at}`);
  const each = { taskDefinition, desiredCount: TASKS_EACH };
  await createServices(ground, names, each, (left) => progress(`growth to ${to} tasks: ${left} services left`));
  await ecs.send(new ListTasksCommand({ cluster }));
}

async function idle(forMs: number): Promise<number> {
  await sleep(forMs); // what was under way ends
  const before = await usage();
  await sleep(forMs);
  const after = await usage();
  return ((after.cpuSeconds - before.cpuSeconds) / (forMs / 1000)) * 100;
}

function growth(levels: readonly Level[], start: number): Figure[] {
  const perTask = levels.map(({ tasks, before, after }, index) => {
    const added = tasks - (levels[index - 1]?.tasks ?? start);
    const cost = (of: (one: Usage) => number): number => (of(after) - of(before)) / added;
    return { tasks, requests: cost((one) => one.apiRequests), cpuMs: cost((one) => one.cpuSeconds * 1000) };
  });
  const [first, last] = [perTask[0], perTask.at(-1)];
  if (first === undefined || last === undefined) return [];
  const rows = perTask.flatMap(({ tasks, requests, cpuMs }): Figure[] => [
    { what: `API requests per task, up to ${tasks} tasks`, ours: amount(requests, "requests") },
    { what: `CPU of gateway and operator per task, up to ${tasks} tasks`, ours: amount(cpuMs, "ms") },
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
    flat(`growth of CPU per task, ${first.tasks} to ${last.tasks} tasks`, first.cpuMs, last.cpuMs),
  ];
}

function memory(empty: Usage, levels: readonly Level[]): Figure[] {
  const at = (tasks: number, { gatewayMiB, operatorMiB }: Usage): Figure[] => [
    absolute(`memory of the gateway, ${tasks} tasks`, gatewayMiB, "MiB", 300),
    absolute(`memory of the operator, ${tasks} tasks`, operatorMiB, "MiB", 250),
  ];
  return [
    ...at(0, empty),
    ...levels.flatMap(({ tasks, after, idlePercent }) => [
      ...at(tasks, after),
      absolute(`idle CPU of gateway and operator, ${tasks} tasks`, idlePercent, "% of a core", 1),
    ]),
  ];
}

async function coldStarts(tasks: number): Promise<Figure[]> {
  const taken = await coldStart();
  return [
    absolute(`cold start of the gateway over ${tasks} tasks`, taken.gateway, "s", 5),
    absolute(`cold start of the operator over ${tasks} tasks`, taken.operator, "s", 5),
  ];
}
