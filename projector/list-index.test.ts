import { expect } from "chai";
import * as fc from "fast-check";
import { Registry } from "prom-client";
import type { Change } from "./batch.ts";
import { warm } from "./cache-update.ts";
import { cachedQueries } from "./cached-queries.ts";
import { ListIndex } from "./list-index.ts";
import { createQueries, type Page, type Queries } from "./queries.ts";
import { ReadCache } from "./read-cache.ts";
import type { Store } from "./store.ts";
import type { ProjectedResource } from "./tables.ts";
import { cluster, Folder, identity, service, task } from "./testing/fixtures.ts";
import { testWriter } from "./testing/writer.ts";

const CLUSTERS = ["default", "blue"];
const ARN = `arn:aws:ecs:${identity.region}:${identity.accountId}`;

/** Resources with few different names and traits, so that each is met again, and some claim the name of another. */
const resources = fc.record({
  kind: fc.constantFrom("task", "task", "service", "cluster"),
  name: fc.constantFrom("a", "a-b", "a_b", "B", "c1", "c10", "c2"),
  twin: fc.boolean(),
  cluster: fc.constantFrom(...CLUSTERS),
  /** Of the namespace's owner. */
  implicit: fc.boolean(),
  family: fc.constantFrom("web", "job"),
  group: fc.constantFrom(undefined, "service:web", "service:api", "family:web"),
  startedBy: fc.constantFrom(undefined, "me"),
  launchType: fc.constantFrom(undefined, "EC2", "FARGATE"),
  stopped: fc.boolean(),
  instance: fc.constantFrom(undefined, "i1", "i2"),
  strategy: fc.constantFrom("REPLICA", "DAEMON"),
  gone: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  pause: fc.boolean(),
});
type Step = typeof resources extends fc.Arbitrary<infer T> ? T : never;

function resourceOf(step: Step, version: number): ProjectedResource {
  const object = step.twin ? `${step.name}-twin` : step.name;
  const metadata = { uid: `${step.kind}-${object}`, namespace: step.twin ? "elsewhere" : "ecs-default" };
  const of = step.implicit ? {} : { cluster: step.cluster };
  const launch = step.launchType === undefined ? {} : { launchType: step.launchType as "EC2" };
  if (step.kind === "cluster") {
    const spec = { clusterName: step.cluster, namespace: step.twin ? "elsewhere" : "ecs-default" };
    return cluster(`${step.cluster}-${step.twin}`, version, {
      spec,
      metadata: { uid: `${step.cluster}-${step.twin}` },
    });
  }
  if (step.kind === "service") {
    const spec = { serviceName: step.name, schedulingStrategy: step.strategy as "REPLICA", ...of, ...launch };
    return service(object, version, {
      spec: { taskDefinition: "web:1", ...spec },
      status: { status: step.stopped ? "DRAINING" : "ACTIVE" },
      metadata,
    });
  }
  return task(step.name, version, {
    spec: {
      taskDefinition: `${step.family}:1`,
      ...of,
      ...launch,
      ...(step.group !== undefined && { group: step.group }),
      ...(step.startedBy !== undefined && { startedBy: step.startedBy }),
      desiredStatus: step.stopped ? "STOPPED" : "RUNNING",
    },
    status: {
      taskDefinitionArn: `${ARN}:task-definition/${step.family}:1`,
      ...(step.instance !== undefined && {
        containerInstanceArn: `${ARN}:container-instance/${step.cluster}/${step.instance}`,
      }),
    },
    metadata,
  });
}

/** All pages of a list, as a caller sees them who follows it to its end. */
async function pages(list: (page: Page) => Promise<string[]>, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  for (let after: string | undefined; found.length < 50;) {
    const page = await list({ ...(after !== undefined && { after }), limit });
    found.push(page);
    after = page.at(-1);
    if (after === undefined) break;
  }
  return found;
}

async function lists(queries: Queries, of: string, limit: number): Promise<unknown> {
  const instance = `${ARN}:container-instance/${of}/i1`;
  const tasks = [
    {},
    { desiredStatus: "RUNNING" },
    { serviceName: "web" },
    { family: "job", desiredStatus: "STOPPED" },
    { startedBy: "me" },
    { launchType: "EC2" },
    { containerInstanceArn: instance, launchType: "FARGATE" },
    { family: "none" },
  ] as const;
  const services = [
    {},
    { launchType: "EC2" },
    { schedulingStrategy: "DAEMON" },
    { resourceManagementType: "CUSTOMER" },
    { resourceManagementType: "ECS" },
  ] as const;
  return {
    tasks: await Promise.all(tasks.map((each) => pages((page) => queries.listTasks(of, each, page), limit))),
    services: await Promise.all(services.map((each) => pages((page) => queries.listServices(of, each, page), limit))),
    // Where pages end at what is none of the list's ARNs.
    odd: await Promise.all(
      ["", "arn", `${ARN}:task/${of}/`, `${ARN}:task/${of}/b`, `${ARN}:task/${of}/c1`, "zzz"].map((after) =>
        queries.listTasks(of, {}, { after, limit }),
      ),
    ),
  };
}

describe("lists in memory", () => {
  let folder: Folder;
  let store: Store;
  let direct: Queries;
  let version = 0;

  before(async () => {
    folder = new Folder();
    store = await folder.open();
    direct = createQueries(store);
  });
  after(() => folder.remove());

  function setUp(maxBytes = 1_000_000) {
    const cache = new ReadCache({ metrics: new Registry(), maxBytes, ttlSeconds: 60 });
    const writer = testWriter(store, {
      cache,
      deletedTaskRetentionSeconds: 0,
      onUnshowable: (_, error) => expect.fail(String(error)),
    });
    const add = (object: ProjectedResource, type: Change["type"] = "MODIFIED", at = new Date()) => {
      const { resourceVersion = "" } = object.metadata;
      const change: Change = { kind: object.kind, type, source: "watch", object, resourceVersion, at };
      return writer.add([change], { resource: object.kind, resourceVersion });
    };
    const noDatabase = createQueries({ read: () => expect.fail("the database was asked") });
    return { cache, writer, add, noDatabase };
  }

  it("are the database's, page by page, after any churn", async function () {
    this.timeout(90_000);
    const { cache, writer, add, noDatabase } = setUp();
    await warm(cache, store);
    const kept = cachedQueries(noDatabase, cache);
    let entries = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(resources, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (churn, limit, again) => {
          for (const step of churn) {
            await add(resourceOf(step, ++version), step.gone ? "DELETED" : "MODIFIED");
            if (step.pause) await writer.idle();
          }
          await writer.idle();
          if (again) await warm(cache, store);
          for (const of of CLUSTERS) expect(await lists(kept, of, limit)).to.deep.equal(await lists(direct, of, limit));
          entries += cache.lists.tasks.size + cache.lists.services.size;
        },
      ),
      { numRuns: 30 },
    );
    expect(entries, "members of the lists, in all rounds").to.be.greaterThan(100);
  });

  it("have nothing of what one commit wrote and forgot", async () => {
    const { cache, writer, add } = setUp();
    await warm(cache, store);
    const kept = cachedQueries(direct, cache);
    const forgotten = task("forgotten", ++version, { spec: { taskDefinition: "web:1", cluster: "blue" } });
    await add(forgotten, "DELETED", new Date(Date.now() - 1000));
    await writer.idle();
    expect(await kept.task("blue", "forgotten")).to.equal(undefined);
    expect(await lists(kept, "blue", 2)).to.deep.equal(await lists(direct, "blue", 2));
  });

  it("wait for a commit of which more may have been seen, and else do not", async () => {
    const { cache } = setUp();
    cache.lists.tasks.begin();
    const row = (id: string) => ({ cluster: "a", uid: id, arn: `${ARN}:task/a/${id}`, listed: true, traits: {} });
    cache.lists.tasks.change([], [row("1")]);
    const list = () =>
      cache.list(
        () => cache.lists.tasks.page("a", {}, { limit: 9 }),
        () => expect.fail("the database was asked"),
      );
    const watched = cache.watch({ read: () => Promise.resolve([]) });
    await watched.read("nothing");
    cache.begin([]);
    expect(await list(), "the commit was not seen yet").to.have.length(1);
    await watched.read("list_tasks");
    let answered = false;
    const waiting = list().then((arns) => {
      answered = true;
      return arns;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).to.equal(false);
    cache.lists.tasks.change([], [row("2")]);
    cache.finish(new Map());
    expect(await waiting).to.have.length(2);
  });

  it("tell which tasks there are none of, but not while a commit takes effect", () => {
    const { cache } = setUp();
    const row = (id: string) => ({ cluster: "a", uid: id, arn: `${ARN}:task/a/${id}`, listed: true, traits: {} });
    expect(cache.lacksTask("a", "1"), "before they were filled").to.equal(false);
    cache.lists.tasks.begin();
    cache.lists.tasks.change([], [row("1"), row("3")]);
    expect(["1", "2", "3", "4"].map((id) => cache.lacksTask("a", id))).to.deep.equal([false, true, false, true]);
    expect(cache.lacksTask("other", "1")).to.equal(true);
    cache.begin([]);
    expect(cache.lacksTask("a", "2")).to.equal(false);
    cache.finish(new Map());
    expect(cache.lacksTask("a", "2")).to.equal(true);
  });

  it("are the database's to answer beyond their bound, and where ARNs do not begin alike", async () => {
    const index = new ListIndex(3);
    const row = (of: string, id: string, arn = `${ARN}:task/${of}/${id}`) => ({
      cluster: of,
      uid: `${of}-${id}`,
      arn,
      listed: true,
      traits: {},
    });
    const page = (of: string) => index.page(of, {}, { limit: 10 });
    expect(page("a"), "before it was filled").to.equal(undefined);
    index.begin();
    index.change([], [row("a", "1"), row("a", "2"), row("b", "1")]);
    expect(page("a")).to.have.length(2);
    expect(page("none")).to.deep.equal([]);
    index.change([], [row("a", "3")]);
    expect(page("a"), "the longest, beyond the bound").to.equal(undefined);
    expect(page("b")).to.have.length(1);
    index.change([], [row("b", "2", "arn:aws:ecs:eu-west-1:000000000000:task/b/2")]);
    expect(page("b"), "of two regions").to.equal(undefined);
    index.begin();
    index.change([], [row("a", "1")]);
    expect(page("a")).to.have.length(1);
  });
});
