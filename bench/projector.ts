import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { loadConfig } from "../lib/config.ts";
import { type Projector, startProjectorFrom } from "../projector/projector.ts";
import { createQueries } from "../projector/queries.ts";
import { ReadCache } from "../projector/read-cache.ts";
import { openStore, type Store } from "../projector/store.ts";
import { identity, quiet } from "../projector/testing/fixtures.ts";
import { absolute, amount, atLeast, type Bench, type Figure, progress } from "./figure.ts";
import { appenderOnly } from "./projector-appender.ts";
import { TaskChanges } from "./projector-changes.ts";
import { median, percentile } from "./statistics.ts";

const TASKS = 10_000;
const RATE = 1_000;
const config = loadConfig({}, []);

/** How fast changes come into DuckDB. */
export const projector: Bench = {
  title: "Changes into DuckDB",
  how:
    "Changes of tasks with a status of 1.7 kB come as the lines of a watch, are made into the current state and the history, " +
    "and committed: all at once beside DuckDB's Appender, which is given the same rows ready-made, then evenly; last, " +
    "a database full of tasks is opened again.",
  limit:
    "what a change costs JavaScript's thread: an eighth of its time it waits for DuckDB, the rest goes to making the answers " +
    "that describes give (a quarter), to 34 cells for the Appender (a sixth), to parsing and writing JSON, and to the collection of what " +
    "all that leaves (a tenth). The Appender alone takes 24,000 rows a second on the faster of these machines, 12,000 on the slower one. Other " +
    "thresholds for checkpoints (4, 16 MB) and other compression change nothing in it. A change that is seen late has met a " +
    "checkpoint.",
  async run({ quick }) {
    const changes = quick ? 20_000 : 100_000;
    const late = async (): Promise<Figure> => {
      progress(`${RATE} changes a second`);
      return absolute(`a change is visible, p99 at ${RATE}/s`, percentile(await lags(quick ? 5 : 20), 99), "ms", 100);
    };
    const figures = [...(await catchingUp(changes, quick ? 1 : 3)), await late()];
    progress("restart");
    const { read, ready } = await restart(changes);
    return [
      ...figures,
      absolute(`a restart over ${changes} tasks serves reads`, read, "s", 10),
      absolute("and follows changes", ready, "s", 10),
    ];
  },
};

const WANTED_A_SECOND = 20_000;

async function catchingUp(changes: number, rounds: number): Promise<Figure[]> {
  const runs: { ours: number; cpuMicros: number; appender: number }[] = [];
  // The first warms up and is not counted.
  for (let round = 0; round <= rounds; round++) {
    progress(`catching up, round ${round} of ${rounds}`);
    const { perSecond: ours, cpuMicros } = await catchUp(changes);
    const appender = await inFolder((folder) => appenderOnly(folder, changes, TASKS));
    if (round > 0) runs.push({ ours, cpuMicros, appender });
  }
  const ours = median(runs.map((run) => run.ours));
  const what = `catching up with ${changes} changes`;
  const against = "DuckDB's Appender alone";
  return [
    { what, ours: amount(ours, "/s"), target: `≥ ${WANTED_A_SECOND} /s`, met: ours >= WANTED_A_SECOND },
    { what: "CPU of a change, all threads", ours: amount(median(runs.map((run) => run.cpuMicros)), "µs") },
    atLeast(0.3, { what, against, unit: "/s", ours, theirs: median(runs.map(({ appender }) => appender)) }),
  ];
}

interface Running {
  readonly store: Store;
  readonly projector: Projector;
  readonly stop: () => Promise<void>;
}

async function start(folder: string, source: TaskChanges): Promise<Running> {
  const metrics = new Registry();
  const limits = { memoryLimit: config.databaseMemory, threads: config.databaseThreads };
  const store = await openStore({ dataDir: folder, log: quiet, metrics, limits });
  const cache = new ReadCache({ metrics, maxBytes: config.cacheMegabytes * 1e6, ttlSeconds: config.cacheTtlSeconds });
  const ending = new AbortController();
  const projector = startProjectorFrom(source, { store, cache, log: quiet, metrics, identity, signal: ending.signal });
  const stop = async (): Promise<void> => {
    ending.abort();
    source.end();
    await projector.stopped;
    store.close();
  };
  return { store, projector, stop };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "kecs-bench-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Changes a second when all are there at once, and what each takes of the cores. */
function catchUp(changes: number): Promise<{ perSecond: number; cpuMicros: number }> {
  return inFolder(async (folder) => {
    const source = new TaskChanges(TASKS);
    const { projector, store, stop } = await start(folder, source);
    await projector.ready;
    const began = performance.now();
    const cpu = process.cpuUsage();
    source.tell(changes);
    await projector.waitFor({ resource: "ecstasks", resourceVersion: source.version }, 600_000);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - began) / 1000;
    const [head] = await store.read("history_head");
    if (Number(head?.["head"]) !== changes) throw new Error(`${String(head?.["head"])} rows of ${changes} changes`);
    await stop();
    return { perSecond: changes / seconds, cpuMicros: (user + system) / changes };
  });
}

/** Milliseconds from a change's line to its row, of changes that come evenly. */
function lags(seconds: number): Promise<number[]> {
  return inFolder(async (folder) => {
    const source = new TaskChanges(TASKS);
    const { projector, stop } = await start(folder, source);
    await projector.ready;
    source.tell(TASKS);
    await projector.waitFor({ resource: "ecstasks", resourceVersion: source.version }, 600_000);
    const waits: Promise<number>[] = [];
    const began = performance.now();
    const total = RATE * seconds;
    for (let told = 0; told < total;) {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * RATE));
      for (; told < due; told++) {
        source.tell(1);
        const at = performance.now();
        const seen = projector.waitFor({ resource: "ecstasks", resourceVersion: source.version }, 60_000);
        waits.push(seen.then(() => performance.now() - at));
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const all = await Promise.all(waits);
    await stop();
    return all;
  });
}

/** Seconds from opening a database with many tasks until one is read and the projector has nothing to catch up with. */
function restart(objects: number): Promise<{ read: number; ready: number }> {
  return inFolder(async (folder) => {
    const filled = new TaskChanges(objects);
    const first = await start(folder, filled);
    await first.projector.ready;
    filled.tell(objects);
    await first.projector.waitFor({ resource: "ecstasks", resourceVersion: filled.version }, 600_000);
    await first.stop();
    const began = performance.now();
    const source = new TaskChanges(objects, Number(filled.version));
    const { store, projector, stop } = await start(folder, source);
    const queries = createQueries(store);
    const task = await queries.task("default", source.nameOf(objects - 1));
    if (task === undefined) throw new Error("The task is not there.");
    const read = (performance.now() - began) / 1000;
    await projector.ready;
    source.tell(1);
    await projector.waitFor({ resource: "ecstasks", resourceVersion: source.version }, 600_000);
    const ready = (performance.now() - began) / 1000;
    await stop();
    return { read, ready };
  });
}
