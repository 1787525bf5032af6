import { assert } from "chai";
import type { EcsError } from "#lib/errors.ts";
import { createMetrics } from "#lib/metrics.ts";
import { createApiMetrics } from "./metrics.ts";
import { latch, readSide } from "./read-side.ts";

describe("before a read", () => {
  const registry = createMetrics("test");
  const metrics = createApiMetrics(registry, []);
  const refusal = (ready: () => Promise<void>): Promise<string> =>
    ready().then(
      () => "none",
      (error: EcsError) => `${error.code} ${error.status}: ${error.message}`,
    );

  it("the database is filled, or the call is refused in time", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ready = readSide({
      filled: latch(promise),
      writes: { note: () => undefined, seen: async () => true },
      metrics,
      timeoutMs: 5,
    });
    assert.match(await refusal(ready), /^ServerException 503: KECS is starting/);
    resolve();
    assert.equal(await refusal(ready), "none");
    assert.equal(await refusal(ready), "none");
  });

  it("earlier writes are to be seen, or the call is refused and counted", async () => {
    const filled = latch(Promise.resolve());
    const writes = { note: () => undefined, seen: async () => false };
    assert.match(
      await refusal(readSide({ filled, writes, metrics, timeoutMs: 5 })),
      /^ServerException 503: .*caught up/,
    );
    assert.match(await registry.metrics(), /timeouts_total\{component="test"\} 1/);
  });

  it("a projector that ended never fills it", async () => {
    assert.isFalse(await latch(Promise.reject(new Error("ended"))).within(1000));
  });
});
