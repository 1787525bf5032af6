import { expect } from "chai";
import type { KubeClient } from "#lib/kube/client.ts";
import { isGone } from "#lib/kube/errors.ts";
import { Informer, type Change } from "#lib/kube/informer.ts";
import { RESOURCE, type ConfigMap } from "#lib/kube/resources.ts";
import { watchStream, type WatchItem, type WatchStreamOptions } from "#lib/kube/watch-stream.ts";
import { eventually } from "../support/wait.ts";
import { ControlPlane } from "./control-plane.ts";

const namespace = "default";

/** Reads a stream in the background and keeps what it said, as short words: `LIST 2`, `ADDED a`, `BOOKMARK`. */
class Reader {
  readonly items: WatchItem<ConfigMap>[] = [];
  readonly ended: Promise<void>;
  private readonly abort = new AbortController();

  constructor(client: KubeClient, options: Omit<WatchStreamOptions, "signal">, delayMs = 0) {
    this.ended = this.read(client, options, delayMs);
  }

  get words(): string[] {
    return this.items
      .filter((item) => item.type !== "BOOKMARK")
      .map((item) => {
        if (item.type === "LIST") return `LIST ${item.items.length}`;
        return "object" in item ? `${item.type} ${item.object.metadata?.name}` : item.type;
      });
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.ended;
  }

  private async read(client: KubeClient, options: Omit<WatchStreamOptions, "signal">, delayMs: number): Promise<void> {
    const stream = watchStream<ConfigMap>(client, RESOURCE.configmaps, { ...options, signal: this.abort.signal });
    for await (const item of stream) {
      this.items.push(item);
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
  }
}

describe("watching a Kubernetes API that comes and goes", () => {
  let plane: ControlPlane;
  let client: KubeClient;
  let count = 0;
  const readers: Reader[] = [];

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
  });

  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.stop()));
  });

  after(async () => {
    client?.close();
    await plane?.stop();
  });

  /** A label that only one test's objects have. */
  function mark(): { labels: { test: string }; labelSelector: string } {
    const test = `t${++count}`;
    return { labels: { test }, labelSelector: `test=${test}` };
  }

  function read(options: Omit<WatchStreamOptions, "signal">, delayMs?: number): Reader {
    const reader = new Reader(client, options, delayMs);
    readers.push(reader);
    return reader;
  }

  const create = (name: string, labels: { test: string }, data: Record<string, string> = {}): Promise<ConfigMap> =>
    client.create<ConfigMap>(RESOURCE.configmaps, { metadata: { namespace, name, labels }, data });
  const remove = (name: string): Promise<boolean> => client.delete(RESOURCE.configmaps, { namespace, name });

  const until = (reader: Reader, ...words: string[]): Promise<unknown> =>
    eventually(
      `the stream says ${words.join(", ")}`,
      async () => words.every((word) => reader.words.includes(word)),
      30_000,
      20,
    );

  it("lists, then tells each change in order, with a deleted object's last state", async () => {
    const { labels, labelSelector } = mark();
    await create("order-a", labels);
    const reader = read({ namespace, labelSelector });
    await until(reader, "LIST 1");
    await create("order-b", labels);
    await client.mergePatch(RESOURCE.configmaps, { namespace, name: "order-b" }, { data: { last: "words" } });
    await remove("order-b");
    await until(reader, "DELETED order-b");
    expect(reader.words).to.deep.equal(["LIST 1", "ADDED order-b", "MODIFIED order-b", "DELETED order-b"]);
    const last = reader.items.findLast((item) => item.type === "DELETED");
    expect(last).to.have.nested.property("object.data.last", "words");
  });

  it("resumes after a resourceVersion without a list", async () => {
    const { labels, labelSelector } = mark();
    const first = await create("resume-a", labels);
    await create("resume-b", labels);
    const reader = read({ namespace, labelSelector, resourceVersion: first.metadata?.resourceVersion });
    await until(reader, "ADDED resume-b");
    expect(reader.words).to.deep.equal(["ADDED resume-b"]);
  });

  it("lists when the resourceVersion to resume from is of the future: the API server's data is another", async () => {
    const { labels, labelSelector } = mark();
    await create("future", labels);
    const reader = read({ namespace, labelSelector, resourceVersion: "999999999" });
    await until(reader, "LIST 1");
  });

  it("goes on where it was when the API server ends the watch", async () => {
    const { labels, labelSelector } = mark();
    const reader = read({ namespace, labelSelector, timeoutSeconds: 1 });
    await until(reader, "LIST 0");
    for (const name of ["ends-a", "ends-b", "ends-c"]) {
      await create(name, labels);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    expect(reader.words).to.deep.equal(["LIST 0", "ADDED ends-a", "ADDED ends-b", "ADDED ends-c"]);
  });

  it("notices a connection on which nothing comes any more", async () => {
    const { labels, labelSelector } = mark();
    const reader = read({ namespace, labelSelector, silenceMs: 500 });
    await until(reader, "LIST 0");
    await plane.pauseApiserver();
    try {
      await until(reader, "ERROR");
    } finally {
      plane.resumeApiserver();
    }
    const [failure] = reader.items.filter((item) => item.type === "ERROR");
    expect(failure?.error).to.include({ reason: "Timeout" });
    await create("silent", labels);
    await until(reader, "ADDED silent");
    expect(reader.words.filter((word) => word.startsWith("LIST"))).to.deep.equal(["LIST 0"]);
  });

  it("loses nothing to a slow consumer", async () => {
    const { labels, labelSelector } = mark();
    const reader = read({ namespace, labelSelector }, 5);
    await until(reader, "LIST 0");
    const big = { data: "x".repeat(20_000) };
    const names = Array.from({ length: 200 }, (_, at) => `slow-${at}`);
    for (const name of names) await create(name, labels, big);
    await until(reader, `ADDED ${names.at(-1)}`);
    expect(reader.words.slice(1)).to.deep.equal(names.map((name) => `ADDED ${name}`));
  });

  it("catches up after kill -9 of the API server, whatever changed before it could watch again", async () => {
    const { labels, labelSelector } = mark();
    const abort = new AbortController();
    const informer = new Informer<ConfigMap>({
      client,
      resource: RESOURCE.configmaps,
      namespace,
      labelSelector,
      indexes: { color: (object) => [object.data?.["color"] ?? "none"] },
    });
    const changes: Change<ConfigMap>[] = [];
    informer.onChange((change) => changes.push(change));
    await create("kill-stays", labels, { color: "red" });
    const doomed = await create("kill-doomed", labels, { color: "red" });
    informer.start(abort.signal);
    await informer.synced;
    expect(informer.byIndex("color", "red")).to.have.length(2);
    expect(informer.get(namespace, "kill-stays")?.metadata).not.to.have.property("managedFields");

    await plane.killApiserver();
    await plane.startApiserver();
    await remove("kill-doomed");
    await create("kill-new", labels, { color: "blue" });
    await eventually("the informer has caught up", async () => informer.get(namespace, "kill-new"), 30_000, 20);
    expect(informer.get(namespace, "kill-doomed")).to.equal(undefined);
    expect(informer.deleted(doomed.metadata?.uid ?? "")?.metadata?.name).to.equal("kill-doomed");
    expect(informer.byIndex("color", "red")).to.have.length(1);
    await client.mergePatch(RESOURCE.configmaps, { namespace, name: "kill-stays" }, { data: { color: "green" } });
    await eventually("a change after it", async () => informer.byIndex("color", "green").length === 1, 30_000, 20);
    const told = changes.map(({ key, before, after }) => `${before ? "-" : ""}${after ? "+" : ""}${key.slice(8)}`);
    expect(told.sort()).to.deep.equal(["+kill-doomed", "+kill-new", "+kill-stays", "-+kill-stays", "-kill-doomed"]);
    abort.abort();
  });

  it("lists anew when the history it would resume from has been compacted", async () => {
    const { labels, labelSelector } = mark();
    const old = await create("compact-a", labels);
    await create("compact-b", labels);
    await remove("compact-a");
    await plane.killApiserver();
    await plane.compact();
    await plane.startApiserver();
    const reader = read({ namespace, labelSelector, resourceVersion: old.metadata?.resourceVersion });
    await until(reader, "LIST 1");
    const [failure] = reader.items.filter((item) => item.type === "ERROR");
    expect(isGone(failure?.error)).to.equal(true);
    await create("compact-c", labels);
    await until(reader, "ADDED compact-c");
    expect(reader.words).to.deep.equal(["ERROR", "LIST 1", "ADDED compact-c"]);
  });
});
