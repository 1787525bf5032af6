import { expect } from "chai";
import { createQueries, type Queries } from "./queries.ts";
import {
  cluster,
  Folder,
  identity,
  scalableTarget,
  schedule,
  service,
  serviceDeployment,
  serviceRevision,
  task,
  taskDefinition,
  taskSet,
} from "./testing/fixtures.ts";
import { stateRow } from "./rows.ts";
import type { Store } from "./store.ts";
import type { ProjectedResource } from "./tables.ts";
import { testWriter } from "./testing/writer.ts";

const ARN = "arn:aws:ecs:us-east-1:000000000000";

describe("queries", () => {
  let folder: Folder;
  let store: Store;
  let queries: Queries;

  before(async () => {
    folder = new Folder();
    store = await folder.open();
    queries = createQueries(store);
    await fill(store, [
      cluster("default", 1, {
        spec: {
          tags: [{ key: "team", value: "a" }],
          settings: [{ name: "containerInsights", value: "enhanced" }],
        },
      }),
      cluster("blue", 2),
      service("web", 3, { spec: { launchType: "FARGATE" } }),
      service("api", 4, { spec: { schedulingStrategy: "DAEMON" } }),
      service("twin-old", 5, {
        spec: { serviceName: "twin" },
        metadata: { creationTimestamp: "2026-11-21T09:00:00Z" },
      }),
      service("twin-new", 6, { spec: { serviceName: "twin" }, metadata: { namespace: "elsewhere" } }),
      task("t1", 7, { spec: { taskDefinition: "web:1", startedBy: "me", group: "service:web" } }),
      task("t2", 8, { spec: { taskDefinition: "web:2", desiredStatus: "STOPPED", launchType: "FARGATE" } }),
      task("t3", 9, {
        spec: { taskDefinition: "job:1", containerInstance: "n1", cluster: "blue" },
        metadata: { annotations: { "kecs.io/client-token": "once" } },
      }),
      taskDefinition("web", 1, 10),
      taskDefinition("web", 2, 11, {
        spec: { family: "web", revision: 2, status: "INACTIVE", containerDefinitions: [] },
      }),
      taskDefinition("web", 10, 12, {
        spec: { family: "web", revision: 10, containerDefinitions: [], tags: [{ key: "k", value: "v" }] },
      }),
      taskDefinition("job", 1, 13, {
        spec: { family: "job", revision: 1, status: "INACTIVE", containerDefinitions: [] },
      }),
      service("linked", 15, {
        spec: {
          cluster: "blue",
          taskDefinition: "web:1",
          serviceConnectConfiguration: { enabled: true, namespace: "prod" },
        },
      }),
      taskDefinition("unnumbered", 0, 14, { spec: { family: "unnumbered", containerDefinitions: [] } }),
      scalableTarget("web-scaling", 20, {
        metadata: { annotations: { "kecs.io/service-arn": `${ARN}:service/default/web` } },
        spec: { service: "web", minCapacity: 1, maxCapacity: 5, tags: { owner: "b" } },
      }),
      scalableTarget("api-scaling", 21, {
        spec: { service: "api", minCapacity: 1, maxCapacity: 5 },
        status: { clusterName: "blue", serviceName: "Api" },
      }),
      schedule("nightly", 15),
      schedule("hourly", 16, { spec: { scheduleExpression: "rate(1 hour)", state: "DISABLED" } }),
      schedule("nightly.rule", 17, {
        spec: {
          name: "nightly",
          type: "RULE",
          scheduleExpression: "rate(1 hour)",
          tags: [{ key: "rule", value: "v" }],
        },
      }),
      schedule("twin", 18, { metadata: { namespace: "elsewhere", creationTimestamp: "2026-11-22T09:00:00Z" } }),
      schedule("twin", 19, { metadata: { uid: "older", creationTimestamp: "2026-11-21T09:00:00Z" } }),
      serviceDeployment("web", "a", 22, { status: "SUCCESSFUL", createdAt: "2026-11-21T10:00:00.100Z" }),
      serviceDeployment("web", "b", 23, { status: "STOPPED", createdAt: "2026-11-21T10:00:00.300Z" }),
      serviceDeployment("web", "c", 24, { status: "IN_PROGRESS", createdAt: "2026-11-21T10:00:00.200Z" }),
      serviceDeployment("web", "old", 25, { status: "SUCCESSFUL", createdAt: "2026-01-01T10:00:00Z" }),
      serviceDeployment("api", "d", 26),
      serviceRevision("web", "77", 27),
      taskSet("web", "blue", 28, { spec: { service: "web", taskDefinition: "web:1", externalId: "r1" } }),
    ]);
  });

  after(() => folder.remove());

  it("counts what Container Insights counts, of the clusters that have it", async () => {
    const service = { cluster: "default", desired: 1, running: 0, pending: 0, deployments: 0 };
    const { clusters, services } = await queries.containerInsights();
    expect(clusters).to.deep.equal([{ cluster: "default", services: 4, running: 0, pending: 2 }]);
    expect(services).to.deep.equal([
      { ...service, service: "api", desired: 0 },
      { ...service, service: "twin" },
      { ...service, service: "web" },
    ]);
  });

  it("finds schedules and rules by name apart from each other, of two of one name the older", async () => {
    expect((await queries.schedule("nightly"))?.doc.Arn).to.match(/:schedule\/default\/nightly$/);
    expect((await queries.schedule("nightly"))?.doc.Target?.Arn).to.equal(`${ARN}:cluster/default`);
    expect((await queries.rule("nightly"))?.doc.rule.Arn).to.match(/:rule\/nightly$/);
    expect((await queries.rule("nightly"))?.ref.name).to.equal("nightly.rule");
    expect(await queries.rule("hourly")).to.equal(undefined);
    expect((await queries.schedule("twin"))?.ref.uid).to.equal("older");
    expect(await queries.tags((await queries.rule("nightly"))!.doc.rule.Arn)).to.deep.equal([
      { key: "rule", value: "v" },
    ]);
  });

  it("finds scalable targets by their services and by ARN", async () => {
    const all = await queries.scalableTargets({});
    const ids = all.map(({ doc }) => doc.target.ResourceId);
    expect(ids).to.deep.equal(["service/blue/Api", "service/default/web"]);
    expect(all[0]?.doc.target).to.include({ MinCapacity: 1, MaxCapacity: 5 });
    const [web] = await queries.scalableTargets({ resourceIds: ["service/default/web"] });
    expect(web?.doc.target).to.include({ MinCapacity: 1, MaxCapacity: 5 });
    const arn = web!.doc.target.ScalableTargetARN;
    expect((await queries.scalableTargets({ arn })).map(({ ref }) => ref.name)).to.deep.equal(["web-scaling"]);
    expect(await queries.tags(arn)).to.deep.equal([{ key: "owner", value: "b" }]);
    expect(await queries.scalableTargets({ resourceIds: ["service/default/none"] })).to.deep.equal([]);
  });

  it("lists schedules by prefix and state, in pages", async () => {
    const names = async (...args: Parameters<Queries["schedules"]>) =>
      (await queries.schedules(...args)).map(({ Name }) => Name);
    expect(await names({}, { limit: 10 })).to.deep.equal(["hourly", "nightly", "twin"]);
    expect(await names({}, { limit: 1, after: "hourly" })).to.deep.equal(["nightly"]);
    expect(await names({ prefix: "night" }, { limit: 10 })).to.deep.equal(["nightly"]);
    expect(await names({ state: "DISABLED" }, { limit: 10 })).to.deep.equal(["hourly"]);
    expect((await queries.rules({ prefix: "n" }, { limit: 10 })).map(({ rule }) => rule.Name)).to.deep.equal([
      "nightly",
    ]);
  });

  it("lists clusters page by page", async () => {
    expect(await queries.listClusters({ limit: 1 })).to.deep.equal([`${ARN}:cluster/blue`]);
    expect(await queries.listClusters({ limit: 5, after: `${ARN}:cluster/blue` })).to.deep.equal([
      `${ARN}:cluster/default`,
    ]);
  });

  it("finds several by name and leaves out what it does not know", async () => {
    const found = await queries.clusters(["blue", "none", "default"]);
    expect(found.map(({ ref }) => ref.name)).to.have.members(["blue", "default"]);
    expect(await queries.clusters([])).to.deep.equal([]);
    expect(await queries.services("blue", ["web"])).to.deep.equal([]);
    expect(await queries.task("default", "'; DROP TABLE tasks; --")).to.equal(undefined);
  });

  it("lists the services of a namespace, whatever it is called by", async () => {
    const page = { limit: 5 };
    const linked = `${ARN}:service/blue/linked`;
    expect(await queries.listServicesByNamespace(["arn", "prod"], page)).to.deep.equal([linked]);
    expect(await queries.listServicesByNamespace(["prod"], { ...page, after: linked })).to.deep.equal([]);
    expect(await queries.listServicesByNamespace(["test"], page)).to.deep.equal([]);
  });

  it("answers the older of two services that claim one name", async () => {
    const found = await queries.services("default", ["twin"]);
    expect(found.map(({ ref }) => ref.name)).to.deep.equal(["twin-old"]);
    expect(await queries.listServices("default", {}, { limit: 9 })).to.have.length(3);
  });

  it("filters services", async () => {
    const page = { limit: 9 };
    const ends = async (filter: Parameters<Queries["listServices"]>[1]): Promise<unknown[]> =>
      (await queries.listServices("default", filter, page)).map((arn) => arn.split("/").at(-1));
    expect(await ends({ launchType: "FARGATE" })).to.deep.equal(["web"]);
    expect(await ends({ schedulingStrategy: "DAEMON" })).to.deep.equal(["api"]);
    expect(await ends({ resourceManagementType: "CUSTOMER" })).to.deep.equal(["api", "twin", "web"]);
    expect(await ends({ resourceManagementType: "ECS" })).to.deep.equal([]);
  });

  it("filters tasks", async () => {
    const ids = async (filter: Parameters<Queries["listTasks"]>[1], of = "default"): Promise<unknown[]> =>
      (await queries.listTasks(of, filter, { limit: 9 })).map((arn) => arn.split("/").at(-1));
    expect(await ids({})).to.deep.equal(["t1", "t2"]);
    expect(await ids({ desiredStatus: "STOPPED" })).to.deep.equal(["t2"]);
    expect(await ids({ family: "web", launchType: "FARGATE" })).to.deep.equal(["t2"]);
    expect(await ids({ startedBy: "me" })).to.deep.equal(["t1"]);
    expect(await ids({ serviceName: "web", desiredStatus: "RUNNING" })).to.deep.equal(["t1"]);
    expect(await ids({ containerInstanceArn: `${ARN}:container-instance/blue/n1` }, "blue")).to.deep.equal(["t3"]);
    expect((await queries.tasksOfService("default", "web")).map(({ ref }) => ref.name)).to.deep.equal(["t1"]);
    expect((await queries.tasksByClientToken("blue", "once")).map(({ ref }) => ref.name)).to.deep.equal(["t3"]);
  });

  it("finds task definitions by revision, and the latest ACTIVE without one", async () => {
    expect((await queries.taskDefinition("web"))?.doc.revision).to.equal(10);
    expect((await queries.taskDefinition("web", 2))?.doc.status).to.equal("INACTIVE");
    expect(await queries.taskDefinition("job")).to.equal(undefined);
    expect(await queries.taskDefinition("unnumbered")).to.equal(undefined);
    expect(await queries.latestRevision("web")).to.equal(10);
  });

  it("lists task definitions by family and number, either way, page by page", async () => {
    const short = (arns: readonly string[]): unknown[] => arns.map((arn) => arn.split("/").at(-1));
    const first = await queries.listTaskDefinitions({}, { limit: 2 });
    expect(short(first)).to.deep.equal(["job:1", "web:1"]);
    const after = first.at(-1) ?? "";
    expect(short(await queries.listTaskDefinitions({}, { limit: 9, after }))).to.deep.equal(["web:2", "web:10"]);
    const descending = { family: "web", status: "ACTIVE", sort: "DESC" } as const;
    const [newest = ""] = await queries.listTaskDefinitions(descending, { limit: 1 });
    expect(short([newest])).to.deep.equal(["web:10"]);
    expect(short(await queries.listTaskDefinitions(descending, { limit: 9, after: newest }))).to.deep.equal(["web:1"]);
  });

  it("lists families by status", async () => {
    const page = { limit: 9 };
    expect(await queries.listFamilies({}, page)).to.deep.equal(["web"]);
    expect(await queries.listFamilies({ status: "INACTIVE" }, page)).to.deep.equal(["job"]);
    expect(await queries.listFamilies({ status: "ALL" }, page)).to.deep.equal(["job", "web"]);
    expect(await queries.listFamilies({ status: "ALL", prefix: "w" }, page)).to.deep.equal(["web"]);
    expect(await queries.listFamilies({ status: "ALL" }, { limit: 1, after: "job" })).to.deep.equal(["web"]);
  });

  describe("of service deployments", () => {
    const filter = { serviceUid: "uid-web", since: new Date("2026-11-01T00:00:00Z") };
    const ids = (arns: readonly string[]): unknown[] => arns.map((arn) => arn.split("/").at(-1));
    const page = { limit: 9 };

    it("list those of a service, newest first to the millisecond, by status and time", async () => {
      expect(ids(await queries.listServiceDeployments(filter, page))).to.deep.equal(["b", "c", "a"]);
      const of = async (more: object) => ids(await queries.listServiceDeployments({ ...filter, ...more }, page));
      expect(await of({ statuses: ["SUCCESSFUL", "IN_PROGRESS"] })).to.deep.equal(["c", "a"]);
      expect(await of({ since: new Date("2026-11-21T10:00:00.150Z") })).to.deep.equal(["b", "c"]);
      expect(await of({ before: new Date("2026-11-21T10:00:00.250Z") })).to.deep.equal(["c", "a"]);
      expect(await of({ serviceUid: "another" })).to.deep.equal([]);
    });

    it("go on after the last one of a page", async () => {
      const first = await queries.listServiceDeployments(filter, { limit: 2 });
      expect(ids(await queries.listServiceDeployments(filter, { limit: 2, after: first[1]! }))).to.deep.equal(["a"]);
    });

    it("find them and their revisions by ARN", async () => {
      const arns = [`${ARN}:service-deployment/default/web/c`, `${ARN}:service-deployment/default/web/none`];
      const found = await queries.serviceDeployments(arns);
      expect(found.map(({ doc }) => [doc.status, doc.createdAt])).to.deep.equal([["IN_PROGRESS", 1795255200.2]]);
      const [revision] = await queries.serviceRevisions([`${ARN}:service-revision/default/web/77`]);
      expect(revision?.doc).to.include({ taskDefinition: "web:1", serviceArn: `${ARN}:service/default/web` });
    });
  });

  it("finds the task sets of a service, oldest first, and none that is gone", async () => {
    const found = await queries.taskSets("uid-web");
    expect(found.map(({ ref }) => ref.name)).to.deep.equal(["web-blue"]);
    expect(found[0]?.doc).to.include({ serviceArn: `${ARN}:service/default/web`, status: "ACTIVE", externalId: "r1" });
    expect(found[0]?.doc.taskSetArn).to.match(/:task-set\/default\/web\/ecs-svc\/\d{19}$/);
    expect(await queries.taskSets("uid-none")).to.deep.equal([]);
    const now = new Date();
    const context = { identity, now, deletedAt: now, resourceVersion: "30", clusterOfNamespace: () => undefined };
    expect(stateRow(taskSet("web", "blue", 21), context)).to.equal(undefined);
  });

  it("knows the tags of whatever has an ARN", async () => {
    expect(await queries.tags(`${ARN}:cluster/default`)).to.deep.equal([{ key: "team", value: "a" }]);
    expect(await queries.tags(`${ARN}:task-definition/web:10`)).to.deep.equal([{ key: "k", value: "v" }]);
    expect(await queries.tags(`${ARN}:service/default/web`)).to.deep.equal([]);
    expect(await queries.tags(`${ARN}:service/default/none`)).to.equal(undefined);
  });

  it("offers the seeds' tags and events as views", async () => {
    await store.write(async ({ session: { connection } }) => {
      const tags = await connection.runAndReadAll("SELECT tag_key FROM resource_tags ORDER BY tag_key");
      expect(tags.getRows()).to.deep.equal([["k"], ["owner"], ["rule"], ["team"]]);
      const events = await connection.runAndReadAll("SELECT count(*)::INTEGER, min(event_type) FROM events");
      expect(events.getRows()).to.deep.equal([[29, "ECSCluster ADDED"]]);
      for (const table of ["clusters", "services", "tasks", "task_definitions"]) {
        await connection.runAndReadAll(`SELECT * FROM ${table}`);
      }
    });
  });
});

async function fill(store: Store, objects: readonly ProjectedResource[]): Promise<void> {
  const writer = testWriter(store);
  for (const object of objects) {
    const { resourceVersion = "" } = object.metadata;
    await writer.add([{ kind: object.kind, type: "ADDED", source: "watch", object, resourceVersion, at: new Date() }], {
      resource: object.kind,
      resourceVersion,
    });
  }
  await writer.idle();
}
