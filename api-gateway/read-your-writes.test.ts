import { assert } from "chai";
import type { EcsError } from "#lib/errors.ts";
import { createMetrics } from "#lib/metrics.ts";
import { createQueries } from "#projector/queries.ts";
import { service, taskDefinition } from "#projector/testing/fixtures.ts";
import { createApiMetrics } from "./metrics.ts";
import { askedAs, readYourWrites } from "./read-your-writes.ts";

describe("read your writes", () => {
  const registry = createMetrics("test");
  const metrics = createApiMetrics(registry, []);
  const asked: string[] = [];
  const plain = createQueries({
    read: (query) => {
      asked.push(query);
      return Promise.resolve([]);
    },
  });

  beforeEach(() => {
    asked.length = 0;
  });

  it("asks at once where nothing is unseen, about what the answer is made of", async () => {
    const about: string[] = [];
    const queries = readYourWrites(
      plain,
      {
        seen: (asked) => {
          about.push(asked.map(({ resource, names = ["*"] }) => `${resource}/${names.join()}`).join(" "));
          return undefined;
        },
      },
      metrics,
    );
    assert.deepEqual(await queries.services("default", ["web"]), []);
    assert.isUndefined(await queries.taskDefinition("web", 1));
    assert.deepEqual(await queries.tasksOfService("default", "web"), []);
    assert.deepEqual(about, ["ecsclusters/* ecsservices/web", "ecstaskdefinitions/web", "ecsclusters/* ecstasks/*"]);
    assert.equal(asked.length, 3);
  });

  it("asks after what was written is to be seen", async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const queries = readYourWrites(plain, { seen: () => promise }, metrics);
    const answer = queries.tasks("default", ["one"]);
    await new Promise(setImmediate);
    assert.deepEqual(asked, []);
    resolve(true);
    assert.deepEqual(await answer, []);
    assert.equal(asked.length, 1);
  });

  it("refuses, and counts it, when that is not to be seen in time", async () => {
    const queries = readYourWrites(plain, { seen: () => Promise.resolve(false) }, metrics);
    const refusal = await queries.cluster("default").then(
      () => "none",
      ({ status, message }: EcsError) => `${status} ${message}`,
    );
    assert.match(refusal, /^503 .*caught up/);
    assert.deepEqual(asked, []);
    assert.match(await registry.metrics(), /timeouts_total\{component="test"\} 1/);
  });

  it("knows objects by the names that queries have for them", () => {
    const metadata = { name: "object" };
    assert.equal(askedAs({ kind: "ECSTask", metadata }), "object");
    assert.equal(askedAs(service("web", 1)), "web");
    assert.equal(askedAs(taskDefinition("family", 3, 1)), "family");
  });

  it("knows of every query what its answer is made of", () => {
    const queries = readYourWrites(plain, { seen: () => undefined }, metrics);
    assert.hasAllKeys(queries, Object.keys(plain));
  });
});
