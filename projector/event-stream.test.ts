import { expect } from "chai";
import { rollOver } from "./archive/roll-over.ts";
import { type EventStreamOptions, eventStream, type PlacedEvent, type StreamItem } from "./event-stream.ts";
import type { Store } from "./store.ts";
import { fill } from "./testing/fill.ts";
import { Folder, identity } from "./testing/fixtures.ts";
import { ARN, deploymentIdOf, story } from "./testing/story.ts";

describe("the event stream", () => {
  let folder: Folder;
  let store: Store;
  let ending: AbortController;
  const listeners = new Set<() => void>();

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    ending = new AbortController();
    listeners.clear();
  });
  afterEach(() => {
    ending.abort();
    folder.remove();
  });

  function stream(lastId?: string): AsyncGenerator<StreamItem> {
    const options: EventStreamOptions = {
      store,
      identity,
      signal: ending.signal,
      onCommit: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    return eventStream(options, lastId);
  }

  async function take(items: AsyncGenerator<StreamItem>, count: number): Promise<PlacedEvent[]> {
    const taken: PlacedEvent[] = [];
    while (taken.length < count) {
      const { value, done } = await items.next();
      expect(done).to.equal(false);
      if (typeof value === "object") taken.push(value);
    }
    return taken;
  }

  const brief = ({ type, resource }: PlacedEvent): string => `${type} ${resource.split("/").at(-1)}`;
  const ALL = [
    "cluster.created shop",
    "service.created web",
    "task.status_changed aaa",
    "task.status_changed aaa",
    "task.started aaa",
    "service.updated web",
    "deployment.started web",
    "deployment.complete web",
    "service.updated web",
    "service.updated web",
    "deployment.started web",
    "task.status_changed bbb",
    "task.started bbb",
    "task.status_changed bbb",
    "task.stopped bbb",
    "service.updated web",
    "deployment.failed web",
    "service.updated web",
    "deployment.started web",
    "deployment.complete web",
    "task.status_changed aaa",
    "task.stopped aaa",
    "service.deleted web",
  ];

  it("tells a day, in order", async () => {
    await fill(store, story());
    const events = await take(stream("0-0.0"), ALL.length);
    expect(events.map(brief)).to.deep.equal(ALL);
    const stopped = events.find(({ type }) => type === "task.stopped");
    expect(stopped?.data).to.have.nested.property("state.containers[0].exitCode", 137);
    expect(stopped?.timestamp.toISOString()).to.equal("2026-11-24T12:03:00.000Z");
    const changed = events.find(({ type }) => type === "task.status_changed");
    expect(changed?.data).to.deep.include({ previousStatus: null, status: "PENDING" });
    const failed = events.find(({ type }) => type === "deployment.failed");
    expect(failed?.data).to.have.nested.property("deployment.id", deploymentIdOf(2));
    expect(failed?.resource).to.equal(`${ARN}:service/shop/web`);
  });

  it("goes on after any event, each once", async () => {
    await fill(store, story());
    const events = await take(stream("0-0.0"), ALL.length);
    for (const [index, { id }] of events.entries()) {
      if (index === events.length - 1) continue;
      const [next] = await take(stream(id), 1);
      expect(next?.id).to.equal(events[index + 1]?.id);
    }
  });

  it("says that the history began anew, for a place in another or of no sense", async () => {
    await fill(store, story().slice(0, 3));
    const [first] = await take(stream("0-0.0"), 1);
    const beyond = (first?.id ?? "").replace(/-.*/, "-999.1");
    for (const id of ["0-0.0", "nonsense", beyond]) {
      expect((await stream(id).next()).value, id).to.equal("reset");
    }
    expect((await stream(first?.id).next()).value).to.not.equal("reset");
  });

  it("begins with what comes, and wakes with a commit", async () => {
    const [early, late] = [story().slice(0, 3), story().slice(3)];
    await fill(store, early);
    const items = stream();
    const next = take(items, 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await fill(store, late);
    for (const listener of listeners) listener();
    expect((await next).map(brief)).to.deep.equal([ALL[2]]);
    const rest = take(items, ALL.length - 3);
    expect((await rest).map(brief)).to.deep.equal(ALL.slice(3));
  });

  it("ends when it is told to, waiting or not", async () => {
    const waiting = stream().next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    ending.abort();
    expect((await waiting).done).to.equal(true);
    expect(listeners.size).to.equal(0);
  });

  it("goes on from before the archive's end", async () => {
    await fill(store, story());
    const all = await take(stream("0-0.0"), ALL.length);
    await rollOver(store, { before: new Date("2026-12-24T00:00:00Z"), limit: 1e6, now: () => new Date() });
    for (const last of [0, 5, 12]) {
      const rest = await take(stream(all[last]?.id), ALL.length - last - 1);
      expect(rest).to.deep.equal(all.slice(last + 1));
    }
  });
});
