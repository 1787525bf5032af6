import { expect } from "chai";
import { Registry } from "prom-client";
import { type Projector, startProjectorFrom } from "./projector.ts";
import type { Store } from "./store.ts";
import { Feed, told } from "./testing/feed.ts";
import { Folder, identity, quiet } from "./testing/fixtures.ts";
import { event, pod } from "./testing/kubernetes-story.ts";
import { ARN } from "./testing/story.ts";

describe("the history of what ECS resources became", () => {
  let folder: Folder;
  let store: Store;
  let feed: Feed;
  let ending: AbortController;
  let projector: Projector;

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    feed = new Feed();
    start();
  });

  afterEach(async () => {
    await stop();
    folder.remove();
  });

  function start(): void {
    ending = new AbortController();
    projector = startProjectorFrom(feed, {
      store,
      log: quiet,
      metrics: new Registry(),
      identity,
      signal: ending.signal,
    });
  }

  async function stop(): Promise<void> {
    ending.abort();
    await projector.stopped;
  }

  async function passed(resource: string, version: number): Promise<void> {
    const write = { resource, resourceVersion: String(version) };
    expect(await projector.waitFor(write, 5000), `${resource} ${version}`).to.equal(true);
  }

  async function history(kind: string): Promise<string[]> {
    const rows = await store.read("kubernetes_history_of_kind", { kind });
    return rows.map((row) => ["resource_version", "change", "source"].map((column) => String(row[column])).join(" "));
  }

  const bookmark = (resourceVersion: string) => ({ type: "BOOKMARK", resourceVersion }) as const;
  const empty = { type: "LIST", items: [], resourceVersion: "10" } as const;

  it("has each change once, in order, and goes on after a restart where the last commit was", async () => {
    feed.putKubernetes("Pod", { ...empty, items: [] }, told("ADDED", pod(11)), told("MODIFIED", pod(12)));
    await passed("pods", 12);
    await stop();
    start();
    feed.putKubernetes("Pod", told("DELETED", pod(13)), bookmark("20"));
    await passed("pods", 20);
    expect(feed.opened.get("Pod")).to.equal("12");
    expect(await history("Pod")).to.deep.equal(["11 ADDED watch", "12 MODIFIED watch", "13 DELETED watch"]);
  });

  it("says of what a list shows anew, otherwise or no longer that changes between are unknown", async () => {
    feed.putKubernetes("Pod", { ...empty, items: [] }, told("ADDED", pod(11)));
    const gone = { ...pod(12), metadata: { ...pod(12).metadata, uid: "gone", name: "gone" } };
    feed.putKubernetes("Pod", told("ADDED", gone), { type: "LIST", items: [pod(15)], resourceVersion: "20" });
    feed.putKubernetes("Pod", { type: "LIST", items: [pod(15)], resourceVersion: "21" });
    await passed("pods", 21);
    expect(await history("Pod")).to.deep.equal([
      "11 ADDED watch",
      "12 ADDED watch",
      "15 MODIFIED relist",
      "20 DELETED relist",
    ]);
  });

  it("keeps no value of a variable, no managedFields, and a spec once as long as it stays the same", async () => {
    feed.putKubernetes(
      "Pod",
      { ...empty, items: [] },
      told("ADDED", pod(11)),
      told("MODIFIED", pod(12, { status: { phase: "Running" } })),
      told("MODIFIED", pod(13, { nodeName: "node-1" })),
    );
    await passed("pods", 13);
    const rows = await store.read("kubernetes_history_of_kind", { kind: "Pod" });
    expect(JSON.stringify(rows.map(({ object, spec }) => [object, spec]))).to.not.match(/hunter2|managedFields/);
    expect(rows.map((row) => row["spec"])).to.deep.equal([
      '{"containers":[{"name":"app","image":"busybox","env":[{"name":"TOKEN"}]}]}',
      null,
      '{"nodeName":"node-1","containers":[{"name":"app","image":"busybox","env":[{"name":"TOKEN"}]}]}',
    ]);
    expect(rows[0]).to.include({ arn: `${ARN}:task/shop/bbb`, service_arn: `${ARN}:service/shop/web` });
  });

  it("shows Events about what is ours, also one that comes before its Pod", async () => {
    const said = { type: "Warning", reason: "BackOff", message: "again" };
    const node = { ...event("node", 13, "n"), involvedObject: { kind: "Node", apiVersion: "v1", uid: "n" } };
    feed.putKubernetes(
      "Event",
      { ...empty, items: [] },
      told("ADDED", event("early", 11, "pod-bbb", said)),
      told("ADDED", event("foreign", 12, "pod-other", said)),
      told("ADDED", node),
      bookmark("14"),
    );
    await passed("events", 14);
    expect(await history("Event")).to.deep.equal(["11 ADDED watch", "12 ADDED watch"]);
    const shown = () =>
      store.read("kubernetes_of_arn", { arn: `${ARN}:task/shop/bbb`, since: null, until: null, limit: 9 });
    expect(await shown()).to.deep.equal([]);
    feed.putKubernetes("Pod", { ...empty, items: [] }, told("ADDED", pod(11)));
    await passed("pods", 11);
    expect((await shown()).map(({ name }) => name)).to.deep.equal(["pod-bbb", "early"]);
  });

  it("loses none of several Events that expire in one revision when it ends between them", async () => {
    const said = { type: "Normal", reason: "Pulled", message: "image" };
    const gone = (name: string) => told("DELETED", event(name, 15, "pod-bbb", said));
    feed.putKubernetes("Event", { ...empty, items: [] }, told("ADDED", event("a", 11, "pod-bbb", said)));
    feed.putKubernetes("Event", told("ADDED", event("b", 12, "pod-bbb", said)), gone("a"));
    await passed("events", 12);
    await stop();
    start();
    feed.putKubernetes("Event", gone("a"), gone("b"), bookmark("16"));
    await passed("events", 16);
    expect(feed.opened.get("Event")).to.equal("12");
    const rows = await store.read("kubernetes_history_of_kind", { kind: "Event" });
    expect(rows.map(({ name, change }) => `${String(name)} ${String(change)}`)).to.deep.equal([
      "a ADDED",
      "b ADDED",
      "a DELETED",
      "b DELETED",
    ]);
  });

  it("forgets the whole story of what is gone for long, and nothing of what is there", async () => {
    const still = { ...pod(12), metadata: { ...pod(12).metadata, uid: "still", name: "still" } };
    feed.putKubernetes("Pod", { ...empty, items: [] }, told("ADDED", pod(11)), told("ADDED", still));
    feed.putKubernetes("Pod", told("DELETED", pod(13)));
    await passed("pods", 13);
    const forget = (before: Date) =>
      store.write(async (transaction) => {
        await transaction.run("forget_kubernetes", { before });
      });
    await forget(new Date(Date.now() - 60_000));
    expect(await history("Pod")).to.have.length(3);
    await forget(new Date(Date.now() + 1));
    expect(await history("Pod")).to.deep.equal(["12 ADDED watch"]);
  });

  it("forgets Events that turned out to be about others, once the watches have passed them", async () => {
    const said = { type: "Normal", reason: "Pulled", message: "image" };
    const about = [event("ours", 11, "pod-bbb", said), event("foreign", 12, "pod-other", said)];
    feed.putKubernetes("Event", { type: "LIST", items: about, resourceVersion: "20" });
    feed.putKubernetes("Pod", { type: "LIST", items: [pod(11)], resourceVersion: "20" });
    await Promise.all([passed("events", 20), passed("pods", 20)]);
    const forget = (since = new Date(0)) =>
      store.write(async (transaction) => {
        await transaction.run("forget_foreign_events", { since, before: new Date(Date.now() + 1) });
      });
    await forget();
    expect(await history("Event"), "two of four watches have said nothing yet").to.have.length(2);
    for (const kind of ["Deployment", "DaemonSet", "ReplicaSet"] as const)
      feed.putKubernetes(kind, { ...empty, items: [] });
    await Promise.all([passed("deployments", 10), passed("daemonsets", 10), passed("replicasets", 10)]);
    await forget();
    expect(await history("Event"), "the watches have not passed them for sure").to.have.length(2);
    await store.write(async ({ session }) => {
      await session.connection.run("UPDATE watch_positions SET updated_at = updated_at + INTERVAL 2 MINUTES");
    });
    await forget(new Date());
    expect(await history("Event"), "looked at before").to.have.length(2);
    await forget();
    expect(await history("Event")).to.deep.equal(["11 ADDED relist"]);
  });
});
