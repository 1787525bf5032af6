import { expect } from "chai";
import { Registry } from "prom-client";
import { type Projector, startProjectorFrom } from "./projector.ts";
import { createQueries, type Queries } from "./queries.ts";
import type { Store } from "./store.ts";
import { Feed, told } from "./testing/feed.ts";
import { cluster, Folder, identity, quiet, service, task, taskDefinition } from "./testing/fixtures.ts";

const ALL = { limit: 100 };

describe("projector", () => {
  let folder: Folder;
  let store: Store;
  let feed: Feed;
  let queries: Queries;
  let ending: AbortController;
  let projector: Projector;

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    queries = createQueries(store);
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
    expect(
      await projector.waitFor({ resource, resourceVersion: String(version) }, 5000),
      `${resource} ${version}`,
    ).to.equal(true);
  }

  async function history(kind: string): Promise<string[]> {
    const rows = await store.read("history_of_kind", { kind });
    return rows.map(
      (row) =>
        `${String(row["uid"])} ${String(row["resource_version"])} ${String(row["change"])} ${String(row["source"])}`,
    );
  }

  it("is ready once every kind has been listed, and answers from what it saw", async () => {
    feed.put("ECSCluster", { type: "LIST", items: [cluster("default", 5)], resourceVersion: "10" });
    feed.put("ECSService", { type: "LIST", items: [service("web", 6)], resourceVersion: "10" });
    feed.listNothingElse("10");
    await projector.ready;
    const found = await queries.service("default", "web");
    expect(found?.doc).to.include({ serviceName: "web", status: "ACTIVE", desiredCount: 2, runningCount: 0 });
    expect(found?.doc.serviceArn).to.equal("arn:aws:ecs:us-east-1:000000000000:service/default/web");
    expect(found?.ref).to.deep.equal({
      namespace: "ecs-default",
      name: "web",
      uid: "uid-web",
      resourceVersion: "6",
      deleted: false,
    });
    expect(projector.lagSeconds).to.be.lessThan(5);
  });

  it("writes one history row a change, and none for what it has seen already", async () => {
    feed.listNothingElse("10");
    feed.put(
      "ECSCluster",
      told("ADDED", cluster("a", 11)),
      told("MODIFIED", cluster("a", 12)),
      told("MODIFIED", cluster("a", 12)),
    );
    feed.put("ECSCluster", { type: "LIST", items: [cluster("a", 12), cluster("b", 13)], resourceVersion: "14" });
    await passed("ecsclusters", 14);
    expect(await history("ECSCluster")).to.deep.equal([
      "uid-a 11 ADDED watch",
      "uid-a 12 MODIFIED watch",
      "uid-b 13 ADDED relist",
    ]);
  });

  it("goes on after a restart where the last commit was", async () => {
    feed.listNothingElse("10");
    feed.put("ECSTask", told("ADDED", task("t1", 11)));
    await passed("ecstasks", 11);
    await stop();
    start();
    feed.put("ECSTask", told("MODIFIED", task("t1", 12, { status: { lastStatus: "RUNNING" } })));
    await passed("ecstasks", 12);
    expect(feed.opened.get("ECSTask")).to.equal("11");
    expect((await queries.task("default", "t1"))?.doc.lastStatus).to.equal("RUNNING");
    expect(await history("ECSTask")).to.have.length(2);
  });

  it("finds by a relist what was deleted meanwhile", async () => {
    feed.listNothingElse("10");
    feed.put("ECSService", told("ADDED", service("web", 11)), told("ADDED", service("gone", 12)));
    feed.put("ECSService", { type: "LIST", items: [service("web", 11)], resourceVersion: "20" });
    await passed("ecsservices", 20);
    const [gone] = await queries.services("default", ["gone"]);
    expect(gone?.doc).to.include({ status: "INACTIVE", desiredCount: 0 });
    expect(gone?.ref).to.include({ deleted: true, resourceVersion: "20" });
    expect(await queries.listServices("default", {}, ALL)).to.have.length(1);
    expect((await history("ECSService")).at(-1)).to.equal("uid-gone 20 DELETED relist");
    // The next list must not find it missing again.
    feed.put("ECSService", { type: "LIST", items: [service("web", 11)], resourceVersion: "21" });
    await passed("ecsservices", 21);
    expect(await history("ECSService")).to.have.length(3);
  });

  it("keeps deleted clusters and services as INACTIVE until one of their name is created", async () => {
    feed.listNothingElse("10");
    feed.put("ECSCluster", told("ADDED", cluster("c", 11)), told("DELETED", cluster("c", 12)));
    await passed("ecsclusters", 12);
    expect((await queries.cluster("c"))?.doc.status).to.equal("INACTIVE");
    expect(await queries.listClusters(ALL)).to.deep.equal([]);
    feed.put("ECSCluster", told("ADDED", cluster("c", 13, { metadata: { uid: "uid-new" } })));
    await passed("ecsclusters", 13);
    expect((await queries.cluster("c"))?.ref).to.include({ uid: "uid-new", deleted: false });
    expect(await store.read("cluster_namespaces")).to.have.length(1);
  });

  it("leaves nothing of a deleted service that another one had the name of already", async () => {
    feed.listNothingElse("10");
    const other = (version: number) =>
      service("other", version, { spec: { serviceName: "web", taskDefinition: "web:1" } });
    feed.put("ECSService", told("ADDED", service("web", 11)), told("ADDED", other(12)));
    await passed("ecsservices", 12);
    feed.put("ECSService", told("DELETED", service("web", 13)));
    await passed("ecsservices", 13);
    feed.put("ECSService", told("MODIFIED", other(14)));
    await passed("ecsservices", 14);
    const rows = await store.borrow((connection) => connection.runAndReadAll("SELECT uid FROM stored_services"));
    expect(rows.getRows()).to.deep.equal([["uid-other"]]);
  });

  it("keeps a task that was deleted while it ran as STOPPED; one that had stopped goes", async () => {
    feed.listNothingElse("10");
    const running = { status: { lastStatus: "RUNNING" } };
    const stopped = { status: { lastStatus: "STOPPED", stopCode: "EssentialContainerExited" as const } };
    feed.put("ECSTask", told("ADDED", task("t1", 11, running)), told("ADDED", task("t2", 12, stopped)));
    feed.put("ECSTask", told("DELETED", task("t1", 13, running)), told("DELETED", task("t2", 14, stopped)));
    await passed("ecstasks", 14);
    const [found, ...others] = await queries.tasks("default", ["t1", "t2"]);
    expect(others).to.deep.equal([]);
    expect(found?.doc).to.include({
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "Task deleted through the Kubernetes API",
    });
    expect(await queries.listTasks("default", { desiredStatus: "RUNNING" }, ALL)).to.deep.equal([]);
    expect(await queries.listTasks("default", { desiredStatus: "STOPPED" }, ALL)).to.have.length(1);
  });

  it("remembers the highest revision of a family after its task definitions are gone", async () => {
    feed.listNothingElse("10");
    feed.put(
      "ECSTaskDefinition",
      told("ADDED", taskDefinition("web", 1, 11)),
      told("ADDED", taskDefinition("web", 2, 12)),
    );
    feed.put("ECSTaskDefinition", told("DELETED", taskDefinition("web", 2, 13)));
    await passed("ecstaskdefinitions", 13);
    expect(await queries.latestRevision("web")).to.equal(2);
    expect((await queries.taskDefinition("web"))?.doc.revision).to.equal(1);
    expect(await queries.taskDefinition("web", 2)).to.equal(undefined);
    expect(await queries.latestRevision("other")).to.equal(0);
  });

  it("moves services to the cluster that takes their namespace, whichever is seen first", async () => {
    feed.listNothingElse("10");
    const metadata = { namespace: "team" };
    feed.put("ECSService", told("ADDED", service("web", 11, { metadata })));
    feed.put("ECSTask", told("ADDED", task("t", 11, { metadata })));
    await passed("ecsservices", 11);
    await passed("ecstasks", 11);
    expect(await queries.service("default", "web")).to.not.equal(undefined);
    feed.put("ECSCluster", told("ADDED", cluster("blue", 12, { spec: { namespace: "team" } })));
    await passed("ecsclusters", 12);
    expect(await queries.service("default", "web")).to.equal(undefined);
    expect((await queries.service("blue", "web"))?.doc.clusterArn).to.match(/cluster\/blue$/);
    expect((await queries.task("blue", "t"))?.doc.taskArn).to.match(/task\/blue\/t$/);
    expect(await history("ECSService"), "no change of the service").to.have.length(1);
  });

  it("counts what lives in a cluster when asked", async () => {
    feed.listNothingElse("10");
    const containerInstanceArn = "arn:aws:ecs:us-east-1:000000000000:container-instance/default/n1";
    feed.put("ECSCluster", told("ADDED", cluster("default", 11)));
    feed.put(
      "ECSService",
      told("ADDED", service("web", 11)),
      told("ADDED", service("gone", 12)),
      told("DELETED", service("gone", 13)),
    );
    feed.put("ECSTask", told("ADDED", task("t1", 11, { status: { lastStatus: "RUNNING", containerInstanceArn } })));
    feed.put(
      "ECSTask",
      told("ADDED", task("t2", 12)),
      told("ADDED", task("t3", 13, { status: { lastStatus: "STOPPED" } })),
    );
    for (const [resource, version] of [
      ["ecsclusters", 11],
      ["ecsservices", 13],
      ["ecstasks", 13],
    ] as const)
      await passed(resource, version);
    expect((await queries.cluster("default"))?.doc).to.include({
      runningTasksCount: 1,
      pendingTasksCount: 1,
      activeServicesCount: 1,
      registeredContainerInstancesCount: 1,
    });
    expect(await queries.clusterActivity("default")).to.deep.equal({
      activeServices: 1,
      activeTasks: 2,
      registeredContainerInstances: 1,
    });
  });

  it("leaves out a resource that no answer can be made of, and shows the others", async () => {
    feed.listNothingElse("10");
    const broken: unknown = { ...task("broken", 11), spec: null };
    feed.put("ECSTask", told("ADDED", broken as ReturnType<typeof task>), told("ADDED", task("fine", 12)));
    await passed("ecstasks", 12);
    expect((await queries.tasks("default", ["broken", "fine"])).map(({ ref }) => ref.name)).to.deep.equal(["fine"]);
    expect(await history("ECSTask")).to.have.length(2);
  });

  it("gives up waiting after the bound", async () => {
    feed.listNothingElse("10");
    await projector.ready;
    expect(await projector.waitFor({ resource: "ecstasks", resourceVersion: "11" }, 20)).to.equal(false);
  });

  it("opens the database again when it was closed beneath it, and loses nothing", async function () {
    this.timeout(20_000);
    feed.listNothingElse("10");
    await projector.ready;
    store.close();
    feed.put("ECSTask", told("ADDED", task("t1", 11)));
    while (!store.isOpen) await new Promise((resolve) => setTimeout(resolve, 20));
    // A source that can resume tells again what came after the position it is asked for.
    feed.put("ECSTask", told("ADDED", task("t1", 11)), told("ADDED", task("t2", 12)));
    await passed("ecstasks", 12);
    expect(feed.opened.get("ECSTask")).to.equal("10");
    expect(await queries.listTasks("default", {}, ALL)).to.have.length(2);
  });

  it("fills a new file from lists", async () => {
    feed.listNothingElse("10");
    await projector.ready;
    await stop();
    await store.reopen({ setAside: true });
    start();
    feed.put("ECSCluster", { type: "LIST", items: [cluster("a", 11)], resourceVersion: "20" });
    feed.listNothingElse("20");
    await projector.ready;
    expect(feed.opened.get("ECSCluster")).to.equal(undefined);
    expect(await queries.listClusters(ALL)).to.have.length(1);
  });
});
