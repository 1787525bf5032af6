import { expect } from "chai";
import * as fc from "fast-check";
import { Registry } from "prom-client";
import type { ProjectedResource } from "./tables.ts";
import type { Change } from "./batch.ts";
import { warm } from "./cache-update.ts";
import { cachedQueries } from "./cached-queries.ts";
import { createQueries, type Queries } from "./queries.ts";
import { ReadCache } from "./read-cache.ts";
import type { Store } from "./store.ts";
import { cluster, Folder, service, task, taskDefinition } from "./testing/fixtures.ts";
import type { Writer } from "./writer.ts";
import { fill } from "./testing/fill.ts";
import { testWriter } from "./testing/writer.ts";

const CLUSTERS = ["default", "blue"];
const NAMES = ["a", "b"];
const PAGE = { limit: 100 };

/** Everything that the cache is in front of. */
async function everything(queries: Queries): Promise<unknown> {
  const of = async (cluster: string) => ({
    row: await queries.clusterRow(cluster),
    counted: await queries.clusters([cluster]),
    tasks: byUid(await queries.tasks(cluster, NAMES)),
    services: byUid(await queries.services(cluster, NAMES)),
    taskArns: await queries.listTasks(cluster, { desiredStatus: "RUNNING" }, PAGE),
    serviceArns: await queries.listServices(cluster, {}, PAGE),
  });
  const definitions = NAMES.flatMap((family) => [undefined, 1, 2].map((revision) => [family, revision] as const));
  return JSON.parse(
    JSON.stringify({
      clusters: await Promise.all(CLUSTERS.map(of)),
      definitions: await Promise.all(definitions.map((of) => queries.taskDefinition(...of))),
    }),
  );
}

function byUid<T extends { ref: { uid: string } }>(found: T[]): T[] {
  return found.toSorted((a, b) => a.ref.uid.localeCompare(b.ref.uid));
}

/** Two resources of each name, in two namespaces, so that some claim the name of another. */
const resources = fc.record({
  kind: fc.constantFrom("cluster", "service", "task", "definition"),
  name: fc.constantFrom(...NAMES),
  twin: fc.boolean(),
  cluster: fc.constantFrom(...CLUSTERS),
  gone: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  stopped: fc.boolean(),
  pause: fc.boolean(),
});
type Step = typeof resources extends fc.Arbitrary<infer T> ? T : never;

function resourceOf({ kind, name, twin, cluster: of, stopped }: Step, version: number): ProjectedResource {
  const object = twin ? `${name}-twin` : name;
  const metadata = {
    uid: `${kind}-${object}-${kind === "cluster" ? of : ""}`,
    ...(kind !== "cluster" && kind !== "definition" && { namespace: twin ? "elsewhere" : "ecs-default" }),
    creationTimestamp: twin ? "2026-11-20T10:00:00Z" : "2026-11-21T10:00:00Z",
  };
  if (kind === "cluster") {
    return cluster(twin ? `${of}-twin` : of, version, {
      spec: { clusterName: of },
      metadata: { ...metadata, uid: `cluster-${of}-${twin}` },
    });
  }
  if (kind === "definition") {
    const revision = twin ? 2 : 1;
    const spec = { family: name, revision, status: stopped ? "INACTIVE" : "ACTIVE", containerDefinitions: [] } as const;
    return taskDefinition(name, revision, version, { spec: { ...spec, containerDefinitions: [] }, metadata });
  }
  if (kind === "service") {
    return service(object, version, { spec: { serviceName: name, cluster: of, desiredCount: version }, metadata });
  }
  const status = { lastStatus: stopped ? "STOPPED" : "RUNNING" };
  return task(name, version, {
    spec: { taskDefinition: "a:1", cluster: of, startedBy: String(version) },
    status,
    metadata,
  });
}

describe("cached queries", () => {
  let folder: Folder;
  let store: Store;
  let direct: Queries;
  let cache: ReadCache;
  let cached: Queries;
  let writer: Writer;
  let version = 0;

  before(async () => {
    folder = new Folder();
    store = await folder.open();
    direct = createQueries(store);
  });
  after(() => folder.remove());
  beforeEach(() => {
    cache = new ReadCache({ metrics: new Registry(), maxBytes: 1_000_000, ttlSeconds: 60 });
    cached = cachedQueries(direct, cache);
    writer = testWriter(store, { cache, deletedTaskRetentionSeconds: 0 });
  });

  function add(object: ProjectedResource, type: Change["type"] = "MODIFIED"): Promise<void> {
    const { resourceVersion = "" } = object.metadata;
    const change: Change = { kind: object.kind, type, source: "watch", object, resourceVersion, at: new Date() };
    return writer.add([change], { resource: object.kind, resourceVersion });
  }

  it("answer what the database holds, after any churn", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.array(resources, { minLength: 1, maxLength: 20 }), async (churn) => {
        for (const step of churn) {
          await add(resourceOf(step, ++version), step.gone ? "DELETED" : "MODIFIED");
          if (!step.pause) continue;
          // Reads that a commit may overtake; what they leave behind is judged below.
          const reading = everything(cached);
          await writer.idle();
          await reading;
          expect(await everything(cached)).to.deep.equal(await everything(direct));
        }
        await writer.idle();
        expect(await everything(cached)).to.deep.equal(await everything(direct));
      }),
      { numRuns: 25 },
    );
  });

  it("never show less than what was seen before", async () => {
    const deadline = performance.now() + 1500;
    let written = 0;
    let reads = 0;
    const reading = async (): Promise<void> => {
      let last = 0;
      while (performance.now() < deadline) {
        const [found] = await (reads % 3 === 0 ? direct : cached).tasks("never", ["seen"]);
        const seen = Number(found?.doc.startedBy ?? 0);
        expect(seen).to.be.at.least(last);
        last = seen;
        reads++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const writing = async (): Promise<void> => {
      while (performance.now() < deadline) {
        await add(
          task("seen", ++version, { spec: { taskDefinition: "a:1", cluster: "never", startedBy: String(version) } }),
        );
        await writer.idle();
        // Whoever was told of the commit sees it.
        expect((await cached.task("never", "seen"))?.doc.startedBy).to.equal(String(version));
        written++;
      }
    };
    await Promise.all([reading(), reading(), writing()]);
    expect(written).to.be.greaterThan(5);
    expect(reads).to.be.greaterThan(written);
  });

  it("need no database once it was filled, by commits or at the start", async () => {
    await add(cluster("warm", ++version));
    await add(task("w1", ++version, { spec: { taskDefinition: "a:1", cluster: "warm" } }));
    await writer.idle();
    const noDatabase = cachedQueries(createQueries({ read: () => expect.fail("the database was asked") }), cache);
    expect((await noDatabase.task("warm", "w1"))?.ref.name).to.equal("w1");
    expect((await noDatabase.clusterRow("warm"))?.doc.status).to.equal("ACTIVE");
    await warm(cache, store);
    expect((await noDatabase.task("warm", "w1"))?.doc.taskArn).to.match(/task\/warm\/w1$/);
  });

  it("are filled at the start with what changed last, however much the database holds", async () => {
    const other = new Folder();
    const large = await other.open();
    const first = { kind: "ECSTask", type: "ADDED", source: "watch", resourceVersion: "1", at: new Date() } as const;
    await fill(large, [{ ...first, object: task("w", 1) }]);
    const more = `
      INSERT INTO stored_tasks
      SELECT * EXCLUDE (n) REPLACE (
        'uid-' || n AS uid, name || n AS name, arn || n AS arn, updated_at + to_seconds(n) AS updated_at,
        json_merge_patch(doc, json_object('startedBy', repeat(md5(n::VARCHAR), 400))) AS doc
      )
      FROM stored_tasks, range($from::INTEGER, $from::INTEGER + 200) numbers(n)
      WHERE name = 'w'`;
    for (let from = 1; from < 12_000; from += 200) {
      await large.write(async ({ session }) => void (await session.connection.run(more, { from })));
    }
    const fresh = new ReadCache({ metrics: new Registry(), maxBytes: 64e6, ttlSeconds: 60 });
    await warm(fresh, large);
    const noDatabase = cachedQueries(createQueries({ read: () => expect.fail("the database was asked") }), fresh);
    expect((await noDatabase.task("default", "w12000"))?.ref.uid).to.equal("uid-12000");
    other.remove();
  });
});
