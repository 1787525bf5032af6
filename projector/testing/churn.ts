/**
 * Brings an endless churn of tasks into the database of the folder given as argument, from where it stands there, and
 * says each committed version on standard output. For tests that kill it.
 */
import { setImmediate as turn } from "node:timers/promises";
import { Registry } from "prom-client";
import type { WatchItem } from "#lib/kube/watch-stream.ts";
import { startProjectorFrom } from "../projector.ts";
import type { ProjectedKind, ProjectedResource } from "../tables.ts";
import { identity, quiet, task } from "./fixtures.ts";
import { scriptStore } from "./script-store.ts";

const TASKS = 50;
const store = await scriptStore();

/** The history of a made-up API server: version v writes task v mod 50, or deletes it in every third round. */
async function* open(kind: ProjectedKind, from: string | undefined): AsyncGenerator<WatchItem<ProjectedResource>> {
  if (kind !== "ECSTask") {
    yield { type: "LIST", items: [], resourceVersion: "1" };
    return;
  }
  if (from === undefined) yield { type: "LIST", items: [], resourceVersion: "1" };
  for (let version = Number(from ?? 1) + 1; ; version++) {
    const type = Math.floor(version / TASKS) % 3 === 2 ? "DELETED" : "MODIFIED";
    const object = task(`t${version % TASKS}`, version, { status: { lastStatus: "STOPPED" } });
    yield { type, object, resourceVersion: String(version) };
    if (version % 20 === 0) await turn();
  }
}

const signal = new AbortController().signal;
const projector = startProjectorFrom(
  { open, head: () => Promise.resolve("0") },
  { store, log: quiet, metrics: new Registry(), identity, signal },
);
for (let version = 100; ; version += 100) {
  const write = { resource: "ecstasks", resourceVersion: String(version) };
  if (await projector.waitFor(write, 60_000)) process.stdout.write(`${version}\n`);
}
