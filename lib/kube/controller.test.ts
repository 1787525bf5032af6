import { expect } from "chai";
import { Registry } from "prom-client";
import type { Logger } from "../log.ts";
import { controller, TerminalError, WaitError, type Controller, type Reconcile } from "./controller.ts";
import { KubeError } from "./errors.ts";
import { FakeClock, settle } from "./testing/fake-clock.ts";

interface Rig {
  controller: Controller;
  clock: FakeClock;
  abort: AbortController;
  registry: Registry;
  lines: string[];
}

function rig(reconcile: Reconcile, options: { concurrency?: number; waitFor?: Promise<unknown>[] } = {}): Rig {
  const clock = new FakeClock();
  const registry = new Registry();
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  const log: Logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: () => log,
  };
  const queue = { random: () => 1 };
  const made = controller({ name: "test", reconcile, clock, metrics: registry, log, queue, ...options });
  return { controller: made, clock, registry, lines, abort: new AbortController() };
}

async function results(registry: Registry): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric("kecs_reconcile_total")?.get();
  const counted = (metric?.values ?? []).filter(({ value }) => value > 0);
  return Object.fromEntries(counted.map(({ labels, value }) => [labels.result, value]));
}

describe("controller", () => {
  it("reconciles what is enqueued, with namespace and name apart", async () => {
    const seen: unknown[] = [];
    const { controller, clock, abort, registry } = rig(async (key) => void seen.push(key));
    controller.enqueue("ns/one");
    controller.enqueue({ name: "two" });
    controller.start(abort.signal);
    await clock.advance(0);
    expect(seen).to.deep.equal([{ namespace: "ns", name: "one" }, { name: "two" }]);
    expect(await results(registry)).to.deep.equal({ success: 2 });
    abort.abort();
    await controller.stopped;
  });

  it("works on nothing before its caches have synced", async () => {
    const caches = Promise.withResolvers<void>();
    let calls = 0;
    const { controller, abort } = rig(async () => void calls++, { waitFor: [caches.promise] });
    controller.enqueue("a");
    controller.start(abort.signal);
    await settle();
    expect(calls).to.equal(0);
    caches.resolve();
    await settle();
    expect(calls).to.equal(1);
  });

  it("stops when told though its caches never synced", async () => {
    const { controller, abort } = rig(async () => undefined, { waitFor: [new Promise(() => undefined)] });
    controller.start(abort.signal);
    abort.abort();
    await controller.stopped;
  });

  it("comes round again when the outcome says so", async () => {
    let calls = 0;
    const { controller, clock, abort } = rig(async () => (calls++ === 0 ? { requeueAfterMs: 1000 } : undefined));
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(999);
    expect(calls).to.equal(1);
    await clock.advance(1);
    expect(calls).to.equal(2);
    await clock.advance(600_000);
    expect(calls).to.equal(2);
  });

  it("retries failures later and later, and logs each with its key", async () => {
    const at: number[] = [];
    const { controller, clock, abort, registry, lines } = rig(async () => {
      at.push(clock.monotonic());
      if (at.length < 4) throw new Error("no luck");
    });
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(100);
    expect(at).to.deep.equal([0, 5, 15, 35]);
    expect(lines).to.deep.equal(Array(3).fill("warn: reconcile failed"));
    expect(await results(registry)).to.deep.equal({ error: 3, success: 1 });
  });

  it("does not retry what is terminal", async () => {
    const { controller, clock, abort, registry, lines } = rig(async () => {
      throw new TerminalError("never");
    });
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(600_000);
    expect(lines).to.deep.equal(["error: reconcile failed for good"]);
    expect(await results(registry)).to.deep.equal({ terminal: 1 });
  });

  it("waits without calling it a failure", async () => {
    let calls = 0;
    const { controller, clock, abort, registry, lines } = rig(async () => {
      if (calls++ === 0) throw new WaitError(250, "the Pod is not there yet");
    });
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(250);
    expect(calls).to.equal(2);
    expect(lines).to.deep.equal(["debug: reconcile waits"]);
    expect(await results(registry)).to.deep.equal({ wait: 1, success: 1 });
  });

  it("retries conflicts quietly", async () => {
    let calls = 0;
    const { controller, clock, abort, registry, lines } = rig(async () => {
      if (calls++ === 0) throw new KubeError({ status: 409, reason: "Conflict", message: "changed" });
    });
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(10);
    expect(calls).to.equal(2);
    expect(lines).to.deep.equal(["debug: reconcile met a newer version"]);
    expect(await results(registry)).to.deep.equal({ conflict: 1, success: 1 });
  });

  it("never works twice on one key at a time, and on as many keys as it has workers", async () => {
    const running = new Map<string, number>();
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const { controller, abort } = rig(
      async ({ name }) => {
        running.set(name, (running.get(name) ?? 0) + 1);
        most = Math.max(most, running.size);
        expect(running.get(name)).to.equal(1);
        await gate.promise;
        running.delete(name);
      },
      { concurrency: 3 },
    );
    controller.start(abort.signal);
    for (const key of ["a", "b", "c", "d", "a"]) controller.enqueue(key);
    await settle();
    expect([...running.keys()]).to.deep.equal(["a", "b", "c"]);
    gate.resolve();
    await settle();
    expect(most).to.equal(3);
  });

  it("tells a reconcile that takes too long, and retries it", async () => {
    const reasons: unknown[] = [];
    const { controller, clock, abort } = rig(
      (_key, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            reject(signal.reason as Error);
          });
        }),
    );
    controller.start(abort.signal);
    controller.enqueue("a");
    await clock.advance(120_000);
    expect(String(reasons)).to.contain("longer than 120 s");
  });

  it("lets the reconciles in hand end before it has stopped", async () => {
    let ended = false;
    const { controller, abort, lines } = rig(async (_key, signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await settle();
      ended = true;
      throw new Error("aborted halfway");
    });
    controller.start(abort.signal);
    controller.enqueue("a");
    await settle();
    abort.abort();
    await controller.stopped;
    expect(ended).to.equal(true);
    expect(lines).to.deep.equal([]);
  });
});
