/**
 * Brings an endless churn of a task into the database of the folder given first and delivers its events to the address
 * given second. For tests that kill it.
 */
import { Registry } from "prom-client";
import { startWebhooks } from "../outward/webhooks.ts";
import { openStore } from "../store.ts";
import { fill } from "./fill.ts";
import { identity, quiet, task } from "./fixtures.ts";

const [folder = "", url = ""] = process.argv.slice(2);
const store = await openStore({ dataDir: folder, log: quiet, metrics: new Registry() });
const listeners = new Set<() => void>();
startWebhooks({
  webhooks: [
    {
      name: "churn",
      url,
      matches: () => true,
      timeoutSeconds: 5,
      maximumEventAgeInSeconds: 86_400,
      maximumRetryAttempts: 185,
    },
  ],
  store,
  identity,
  log: quiet,
  metrics: new Registry(),
  onCommit: (listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  signal: new AbortController().signal,
  backoff: { baseMs: 10, maxMs: 100 },
});
const [row] = await store.read("history_head");
for (let version = Number(row?.["head"] ?? 0) + 1; ; version++) {
  const lastStatus = version % 2 === 0 ? "RUNNING" : "PENDING";
  const object = task("t", version, { status: { lastStatus, version, taskArn: "arn:aws:ecs:x:1:task/default/t" } });
  await fill(store, [
    { kind: "ECSTask", type: "MODIFIED", source: "watch", object, resourceVersion: String(version), at: new Date() },
  ]);
  for (const listener of listeners) listener();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
