import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { absolute, atLeast, amount, type Bench, type Figure, progress } from "./figure.ts";
import { load, type Load, once } from "./http-load.ts";
import { startFakecloud } from "./fakecloud.ts";
import { startMoto } from "./moto.ts";
import type { Rival } from "./rival.ts";
import { median } from "./statistics.ts";

interface Sizes {
  readonly tasks: number;
  readonly rounds: number;
  readonly ms: number;
  readonly connections: readonly number[];
  /** Changes of tasks that are committed meanwhile, a second. */
  readonly changes: readonly number[];
}

const FULL: Sizes = { tasks: 10_000, rounds: 3, ms: 1_000, connections: [1, 16, 64], changes: [0, 100] };
const QUICK: Sizes = { tasks: 1_000, rounds: 1, ms: 500, connections: [16], changes: [0] };

const OPERATIONS = ["DescribeTasks", "DescribeServices", "ListTasks", "DescribeTaskDefinition"] as const;
type Operation = (typeof OPERATIONS)[number];
/** Answers a second that are asked for at 16 connections with 10,000 tasks. */
const PER_SECOND: Partial<Record<Operation, number>> = {
  DescribeTasks: 10_000,
  DescribeServices: 10_000,
  ListTasks: 5_000,
};
const MOST_P99_MS = 10;
const RIVAL_CONNECTIONS = 16;

/** Reads of the ECS API over a database with many tasks, beside a bare koa route and beside moto_server. */
export const readSide: Bench = {
  title: "Reads",
  how:
    "Reads a second over a database of 10,000 tasks, through HTTP in the AWS wire format, beside a bare koa route that answers " +
    "the same bytes in the same process, in rounds that take turns; medians. Every read of a task is of another one. Then " +
    "moto_server (its development server, as its users run it) holding as many tasks, and fakecloud (with RIVALS=all).",
  limit:
    "one thread of JavaScript, which the load's other process shares two cores with. The bare route writes bytes that are there " +
    "already. Half of a read is the same HTTP and koa; the other half is its parsing, its check against the ECS model, the cache " +
    "and the counting, none of which takes a tenth. Another replica of the gateway reads as much again.",
  async run({ quick, allRivals }): Promise<Figure[]> {
    const sizes = quick ? QUICK : FULL;
    const figures: Figure[] = [];
    const ours = new Map<Operation, number>();
    for (const changes of sizes.changes) {
      const server = await startServer(sizes.tasks, changes);
      try {
        for (const setting of settingsOf(sizes, changes)) {
          figures.push(...(await measureAll(server, setting, ours)));
        }
      } finally {
        server.stop();
      }
    }
    figures.push(...(await besideRival(await startMoto(sizes.tasks), 30, { sizes, ours })));
    if (allRivals) figures.push(...(await besideRival(await startFakecloud(sizes.tasks), 0.5, { sizes, ours })));
    return figures;
  },
};

interface Seen {
  readonly api: Load;
  readonly koa: Load;
  readonly ratio: number;
}

interface Setting {
  readonly changes: number;
  readonly connections: number;
  readonly sizes: Sizes;
}

/** Under changes one number of connections is enough: the others would only take longer. */
function settingsOf(sizes: Sizes, changes: number): Setting[] {
  const all = sizes.connections.map((connections) => ({ changes, connections, sizes }));
  return changes === 0 ? all : all.filter(({ connections }) => connections === RIVAL_CONNECTIONS);
}

async function measureAll(server: Server, setting: Setting, ours: Map<Operation, number>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const operation of OPERATIONS) {
    progress(`reads: ${operation}, ${setting.connections} connections, ${setting.changes} changes/s`);
    const seen = await measure(operation, { server, ...setting });
    if (setting.changes === 0 && setting.connections === RIVAL_CONNECTIONS) ours.set(operation, seen.api.perSecond);
    figures.push(...figuresOf(operation, seen, setting));
  }
  return figures;
}

function figuresOf(
  operation: Operation,
  { api, koa, ratio }: Seen,
  { changes, connections, sizes }: Setting,
): Figure[] {
  const under = changes === 0 ? "" : `, ${changes} changes/s`;
  const what = `${operation}, ${connections} connections${under}`;
  const figure = atLeast(0.5, { what, against: "bare koa", unit: "/s", ours: api.perSecond, theirs: koa.perSecond });
  const wanted = PER_SECOND[operation];
  if (wanted === undefined || connections !== 16 || sizes !== FULL) return [{ ...figure, ratio }];
  return [
    { ...figure, ratio },
    {
      what: `${operation} a second${under}`,
      ours: amount(api.perSecond, "/s"),
      target: `≥ ${wanted} /s`,
      met: api.perSecond >= wanted,
    },
    absolute(`${operation}, p99${under}`, api.p99, "ms", MOST_P99_MS),
  ];
}

function request(operation: string, input: object, method = "POST"): Buffer {
  const body = JSON.stringify(input);
  return Buffer.from(
    `${method} / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-amz-json-1.1\r\n` +
      `x-amz-target: AmazonEC2ContainerServiceV20141113.${operation}\r\n` +
      "authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/ecs/aws4_request, Signature=x\r\n" +
      `user-agent: bench\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Every read is of another task, in an order that no page or cache line knows. */
function requestOf(operation: Operation, tasks: (index: number) => string, count: number): (index: number) => Buffer {
  const inputs: Record<Operation, (index: number) => object> = {
    DescribeTasks: (index) => ({ tasks: [tasks((index * 7919) % count)] }),
    DescribeServices: () => ({ services: ["web"] }),
    ListTasks: () => ({ maxResults: 100 }),
    DescribeTaskDefinition: () => ({ taskDefinition: "web:1" }),
  };
  return (index) => request(operation, inputs[operation](index));
}

interface Server {
  readonly api: number;
  readonly koa: number;
  stop(): void;
}

/** The API runs in a process of its own; the load comes from this one. */
async function startServer(tasks: number, changes: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "kecs-bench-log-"));
  const logFile = openSync(join(folder, "log"), "w");
  const server = spawn(
    process.execPath,
    [join(import.meta.dirname, "read-side-server.ts"), String(tasks), String(changes)],
    { stdio: ["ignore", "pipe", logFile] },
  );
  const stop = (): void => {
    server.kill("SIGTERM");
    closeSync(logFile);
    rmSync(folder, { recursive: true, force: true });
  };
  if (server.stdout === null) throw new Error("The server has no output.");
  const [line] = (await event(server.stdout, "data")) as [Buffer];
  return { ...(JSON.parse(line.toString()) as { api: number; koa: number }), stop };
}

async function measure(
  operation: Operation,
  { server, sizes, connections }: Omit<Setting, "changes"> & { readonly server: Server },
): Promise<Seen> {
  const { tasks, rounds, ms } = sizes;
  const of = requestOf(operation, (index) => `task-${index}`, tasks);
  const answer = await once(server.api, of(0));
  await once(server.koa, request(operation, JSON.parse(answer) as object, "PUT"));
  const runs: { api: Load; koa: Load }[] = [];
  for (let round = 0; round <= rounds; round++) {
    // The first of each warms up, every task's document included, and is not counted.
    const atLeast = round === 0 ? tasks : 0;
    const api = await load(server.api, { connections, ms, atLeast, request: of });
    const koa = await load(server.koa, { connections, ms, request: of });
    if (round > 0) runs.push({ api, koa });
  }
  const side = (name: "api" | "koa"): Load => ({
    perSecond: median(runs.map((run) => run[name].perSecond)),
    p50: median(runs.map((run) => run[name].p50)),
    p99: median(runs.map((run) => run[name].p99)),
  });
  const ratio = median(runs.map(({ api, koa }) => api.perSecond / koa.perSecond));
  return { api: side("api"), koa: side("koa"), ratio };
}

async function besideRival(
  rival: Rival,
  target: number,
  { sizes, ours }: { readonly sizes: Sizes; readonly ours: ReadonlyMap<Operation, number> },
): Promise<Figure[]> {
  const { name: against, port, tasks } = rival;
  const figures: Figure[] = [];
  try {
    for (const operation of OPERATIONS) {
      progress(`reads: ${against}, ${operation}`);
      const of = requestOf(operation, (index) => tasks[index] ?? "", tasks.length);
      const { perSecond: theirs } = await load(port, { connections: RIVAL_CONNECTIONS, ms: sizes.ms, request: of });
      const what = `${operation}, ${RIVAL_CONNECTIONS} connections`;
      figures.push(atLeast(target, { what, against, unit: "/s", ours: ours.get(operation) ?? NaN, theirs }));
    }
  } finally {
    rival.stop();
  }
  return figures;
}
