import { expect } from "chai";
import * as fc from "fast-check";
import type { Clock } from "#lib/kube/clock.ts";
import type { Change } from "./batch.ts";
import type { Store } from "./store.ts";
import { Folder, service, task } from "./testing/fixtures.ts";
import { kubernetesStory } from "./testing/kubernetes-story.ts";
import type { Writer } from "./writer.ts";
import { testWriter } from "./testing/writer.ts";

/** Steps of a churn: a key is written or deleted; `pause` lets the writer commit before the next. */
const steps = fc.array(
  fc.record({
    key: fc.integer({ min: 0, max: 6 }),
    gone: fc.boolean(),
    kind: fc.constantFrom("ECSTask" as const, "ECSService" as const),
    pause: fc.boolean(),
  }),
  { maxLength: 60 },
);

describe("writer", () => {
  let folder: Folder;
  let store: Store;
  let version = 0;

  before(async () => {
    folder = new Folder();
    store = await folder.open();
  });

  after(() => folder.remove());

  function writer(options: { onFailure?: () => void } = {}): Writer {
    return testWriter(store, { onFailure: options.onFailure ?? (() => undefined) });
  }

  function change(kind: Change["kind"], name: string, type: Change["type"]): Change {
    version++;
    const status = { lastStatus: "STOPPED" };
    const object = kind === "ECSTask" ? task(name, version, { status }) : service(name, version);
    return { kind, type, source: "watch", object, resourceVersion: String(version), at: new Date() };
  }

  it("shows, after any churn of the same keys, what a map would", async function () {
    this.timeout(60_000);
    const alive = { ECSTask: new Map<string, string>(), ECSService: new Map<string, string>() };
    let changes = 0;
    const enough = performance.now() + 5000;
    const reading = new AbortController();
    const readers = readAllTheTime(store, reading.signal);
    await fc.assert(
      fc.asyncProperty(steps, async (churn) => {
        if (performance.now() > enough) return;
        const subject = writer();
        for (const { key, gone, kind, pause } of churn) {
          const name = `${kind === "ECSTask" ? "t" : "s"}${key}`;
          const type = gone ? "DELETED" : alive[kind].has(name) ? "MODIFIED" : "ADDED";
          const made = change(kind, name, type);
          if (gone) alive[kind].delete(name);
          else alive[kind].set(name, made.resourceVersion);
          changes++;
          await subject.add([made], { resource: kind, resourceVersion: made.resourceVersion });
          if (pause) await subject.idle();
        }
        await subject.idle();
        for (const kind of ["ECSTask", "ECSService"] as const) {
          const rows = await store.read("known_versions", { kind });
          const seen = rows.map((row) => [String(row["uid"]).slice("uid-".length), String(row["resource_version"])]);
          expect(seen).to.have.deep.members([...alive[kind]]);
        }
      }),
      { numRuns: 60 },
    );
    reading.abort();
    await readers;
    const history = await Promise.all(["ECSTask", "ECSService"].map((kind) => store.read("history_of_kind", { kind })));
    const keys = history.flat().map((row) => `${String(row["uid"])} ${String(row["resource_version"])}`);
    expect(keys).to.have.length(changes);
    expect(new Set(keys).size, "each change once").to.equal(changes);
  });

  it("commits together what arrives while a commit runs", async () => {
    const subject = writer();
    const before = (await store.read("history_of_kind", { kind: "ECSTask" })).length;
    const began = performance.now();
    for (let i = 0; i < 2000; i++) {
      const made = change("ECSTask", `many-${i % 500}`, "MODIFIED");
      await subject.add([made], { resource: "ecstasks", resourceVersion: made.resourceVersion });
    }
    await subject.idle();
    expect(await store.read("history_of_kind", { kind: "ECSTask" })).to.have.length(before + 2000);
    expect(performance.now() - began, "milliseconds for 2000 changes").to.be.lessThan(8000);
    expect(subject.lagMs).to.equal(0);
  });

  it("takes the next in while a full batch is committed, and no more than one batch", async () => {
    const FULL = 5_000;
    let commits = 0;
    const subject = testWriter(store, { onCommit: () => (commits += 1) });
    const batch = (name: string) => Array.from({ length: FULL }, (_, i) => change("ECSTask", `${name}-${i}`, "ADDED"));
    await subject.add(batch("first"), undefined);
    expect(commits, "while the first is committed").to.equal(0);
    await subject.add(batch("second"), undefined);
    expect(commits, "the second waits until the first is committed").to.equal(1);
    await subject.idle();
    expect(commits).to.equal(2);
  });

  describe("after a commit", () => {
    /** A clock by which a commit takes so long, and whose timers never end by themselves. */
    function restless(commitMs: number): { clock: Clock; waits: number[] } {
      let time = 0;
      const waits: number[] = [];
      const after = (ms: number): (() => void) => {
        waits.push(ms);
        return () => undefined;
      };
      const now = (): Date => {
        time += commitMs; // a commit asks for the time of day
        return new Date();
      };
      return { clock: { monotonic: () => time, now, after }, waits };
    }

    async function twoChanges(
      isAwaited: boolean,
      commitMs = 1_000,
    ): Promise<{ subject: Writer; waits: number[]; commits: () => number }> {
      const { clock, waits } = restless(commitMs);
      let commits = 0;
      const first = Promise.withResolvers<void>();
      const onCommit = (): void => {
        commits++;
        first.resolve();
      };
      const subject = testWriter(store, { clock, onCommit, isAwaited: () => isAwaited });
      await subject.add([change("ECSTask", `rest-${version}`, "ADDED")], undefined);
      await first.promise;
      await new Promise((resolve) => setImmediate(resolve));
      await subject.add([change("ECSTask", `rest-${version}`, "ADDED")], undefined);
      await new Promise((resolve) => setImmediate(resolve));
      return { subject, waits, commits: () => commits };
    }

    it("rests, 150 milliseconds at most, and no longer once it is to hurry", async () => {
      const { subject, waits, commits } = await twoChanges(false);
      expect(waits).to.have.length(1);
      expect(waits[0]).to.equal(150);
      expect(commits()).to.equal(1);
      subject.hurry();
      await subject.idle();
      expect(commits()).to.equal(2);
    });

    it("does not rest where that is the first one for long, so that a change in a quiet hour is shown at once", async () => {
      const { subject, waits, commits } = await twoChanges(false, 40);
      expect(waits).to.deep.equal([]);
      await subject.idle();
      expect(commits()).to.equal(2);
    });

    it("lets what only Kubernetes tells wait for company, which ends that at once", async () => {
      const { clock, waits } = restless(1);
      let commits = 0;
      const subject = testWriter(store, { clock, onCommit: () => (commits += 1) });
      await subject.add([], undefined, kubernetesStory().slice(0, 1));
      await new Promise((resolve) => setImmediate(resolve));
      expect(waits).to.deep.equal([150]);
      expect(commits).to.equal(0);
      await subject.add([change("ECSTask", `company-${version}`, "ADDED")], undefined);
      await subject.idle();
      expect(commits).to.equal(1);
      expect(waits).to.have.length(1);
    });

    it("does not rest while somebody waits", async () => {
      const { subject, waits, commits } = await twoChanges(true);
      expect(waits).to.deep.equal([]);
      await subject.idle();
      expect(commits()).to.equal(2);
    });
  });

  it("refuses all work after a failed commit, and leaves nothing of it behind", async () => {
    let told = false;
    const subject = writer({ onFailure: () => (told = true) });
    const before = (await store.read("history_of_kind", { kind: "ECSTask" })).length;
    const good = change("ECSTask", "half", "ADDED");
    const bad: Change = { ...change("ECSTask", "bad", "ADDED"), resourceVersion: "not a number" };
    await subject.add([good, bad], { resource: "ecstasks", resourceVersion: good.resourceVersion });
    let failure: unknown;
    await subject.idle().catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(Error).with.property("cause");
    expect(told).to.equal(true);
    let refused: unknown;
    await subject
      .add([good], { resource: "ecstasks", resourceVersion: "1" })
      .catch((error: unknown) => (refused = error));
    expect(refused).to.be.instanceOf(Error);
    expect(await store.read("history_of_kind", { kind: "ECSTask" })).to.have.length(before);
  });
});

/** Readers that keep old versions of rows alive while the writer replaces them. */
async function readAllTheTime(store: Store, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await store.read("tasks_of_service", { cluster: "default", service_name: "none" });
    await store.read("known_versions", { kind: "ECSTask" });
  }
}
