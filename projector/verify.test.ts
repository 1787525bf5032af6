import { expect } from "chai";
import { Registry } from "prom-client";
import { cachedQueries } from "./cached-queries.ts";
import { foundOf } from "./found.ts";
import { createQueries } from "./queries.ts";
import { ReadCache } from "./read-cache.ts";
import { loadQueries } from "./sql-files.ts";
import type { Store } from "./store.ts";
import type { ProjectedKind, ProjectedResource } from "./tables.ts";
import { columnsOf, TABLE_OF } from "./tables.ts";
import { cluster, Folder, identity, service, task, taskDefinition } from "./testing/fixtures.ts";
import { type Verification, verifyView } from "./verify.ts";
import type { Writer } from "./writer.ts";
import { testWriter } from "./testing/writer.ts";

describe("verification of the view", () => {
  let folder: Folder;
  let store: Store;
  let cache: ReadCache;
  let writer: Writer;
  let objects: ProjectedResource[];
  let listVersion: string;

  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    cache = new ReadCache({ metrics: new Registry(), maxBytes: 1_000_000, ttlSeconds: 60 });
    writer = testWriter(store, { cache });
    objects = [
      cluster("default", 1),
      cluster("blue", 2, { spec: { tags: [{ key: "a", value: "b" }] } }),
      taskDefinition("web", 1, 3),
      service("web", 4),
      service("web", 5, { metadata: { uid: "other", namespace: "ecs-blue" } }),
      task("t1", 6, { spec: { taskDefinition: "web:1", group: "service:web" } }),
      task("t2", 7, { status: { lastStatus: "STOPPED" } }),
    ];
    listVersion = "100";
    for (const object of objects) await commit("ADDED", object);
  });
  afterEach(() => folder.remove());

  async function commit(type: "ADDED" | "MODIFIED" | "DELETED", object: ProjectedResource): Promise<void> {
    const { resourceVersion = "" } = object.metadata;
    const change = { kind: object.kind, type, source: "watch", object, resourceVersion, at: new Date() } as const;
    await writer.add([change], { resource: object.kind, resourceVersion });
    await writer.idle();
  }

  const verify = (): Promise<Verification> =>
    verifyView({
      store,
      cache,
      identity,
      list: (kind) =>
        Promise.resolve({ items: objects.filter((object) => object.kind === kind), resourceVersion: listVersion }),
      reach: () => Promise.resolve(),
    });

  async function problems(): Promise<string[]> {
    const { consistent, differences } = await verify();
    expect(consistent).to.equal(differences.length === 0);
    return differences.map(({ kind, name, problem }) => `${kind} ${name} ${problem}`);
  }

  async function tamper(sql: string): Promise<void> {
    await store.write(async ({ session }) => {
      await session.connection.run(sql);
    });
  }

  it("finds none in what the projector wrote, deletions included", async () => {
    const gone = service("gone", 8);
    await commit("ADDED", gone);
    await commit("DELETED", service("gone", 9));
    const { consistent, compared, differences } = await verify();
    expect(differences).to.deep.equal([]);
    expect(consistent).to.equal(true);
    expect(compared).to.include({ ECSCluster: 2, ECSTaskDefinition: 1, ECSService: 2, ECSTask: 2 });
  });

  it("names what is missing, left over and stale", async () => {
    await tamper("DELETE FROM stored_tasks WHERE name = 't1'");
    await tamper("UPDATE stored_services SET resource_version = 1 WHERE uid = 'other'");
    objects = objects.filter(({ metadata }) => metadata.name !== "t2");
    expect(await problems()).to.have.members(["ECSTask t1 missing", "ECSTask t2 left over", "ECSService web stale"]);
  });

  it("names the fields of what differs, in the document and in what lists filter by", async () => {
    await tamper(
      `UPDATE stored_services SET doc = replace(doc, '"desiredCount":2', '"desiredCount":3') WHERE uid = 'uid-web'`,
    );
    await tamper("UPDATE stored_tasks SET service_name = 'api' WHERE name = 't1'");
    const { differences } = await verify();
    expect(differences.find(({ kind }) => kind === "ECSService")).to.deep.include({
      problem: "differs",
      namespace: "ecs-default",
      name: "web",
    });
    expect(differences.find(({ kind }) => kind === "ECSService")?.fields).to.deep.include({
      path: "doc.desiredCount",
      from: 2,
      to: 3,
    });
    expect(differences.find(({ kind }) => kind === "ECSTask")?.fields).to.deep.equal([
      { path: "service_name", from: "web", to: "api" },
    ]);
  });

  it("names what memory has otherwise than the database", async () => {
    await cachedQueries(createQueries(store), cache).task("default", "t1");
    const row = (await store.read("stored_tasks")).find(({ name }) => name === "t1");
    const wrong = String(row?.["doc"]).replace('"RUNNING"', '"STOPPED"');
    cache.finish(new Map([["task/default/t1", { value: foundOf({ ...row, doc: wrong }), bytes: 1 }]]));
    expect(await problems()).to.deep.equal(["ECSTask t1 cached otherwise"]);
  });

  it("tells what changed meanwhile from what is wrong", async () => {
    const listed = [...objects];
    await commit("MODIFIED", task("t1", 201));
    await commit("DELETED", task("t2", 202, { status: { lastStatus: "STOPPED" } }));
    await commit("ADDED", task("t3", 203));
    objects = listed;
    const { differences, changedMeanwhile } = await verify();
    expect(differences).to.deep.equal([]);
    expect(changedMeanwhile).to.equal(3);
  });

  it("reads the columns that are written, of every kind", async () => {
    for (const kind of Object.keys(TABLE_OF) as ProjectedKind[]) {
      await store.write(async ({ session: { connection } }) => {
        const sql = loadQueries().get(`stored_${TABLE_OF[kind]}`)?.sql ?? "";
        const reader = await connection.runAndReadAll(sql);
        expect(reader.columnNames()).to.deep.equal(columnsOf(TABLE_OF[kind]));
      });
    }
  });
});
