import { assert } from "chai";
import type { EcsError } from "#lib/errors.ts";
import { latch, readSide } from "./read-side.ts";

describe("before a read", () => {
  const refusal = (ready: () => Promise<void>): Promise<string> =>
    ready().then(
      () => "none",
      (error: EcsError) => `${error.code} ${error.status}: ${error.message}`,
    );

  it("the database is filled, or the call is refused in time", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ready = readSide(latch(promise), 5);
    assert.match(await refusal(ready), /^ServerException 503: KECS is starting/);
    resolve();
    assert.equal(await refusal(ready), "none");
    assert.equal(await refusal(ready), "none");
  });

  it("a projector that ended never fills it", async () => {
    assert.isFalse(await latch(Promise.reject(new Error("ended"))).within(1000));
  });
});
