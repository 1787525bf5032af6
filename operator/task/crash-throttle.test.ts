import { expect } from "chai";
import { CrashThrottle } from "./crash-throttle.ts";

describe("throttle of a service whose tasks fail", () => {
  it("waits longer and longer, up to a minute", () => {
    const throttle = new CrashThrottle();
    let now = 0;
    const delays = Array.from({ length: 9 }, () => {
      const startedAt = now;
      now += 2000;
      const delay = throttle.failed("a", startedAt, now);
      now += delay;
      return delay;
    });
    expect(delays).to.deep.equal([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it("counts tasks that were started together once", () => {
    const throttle = new CrashThrottle();
    expect([1, 2, 3].map((each) => throttle.failed("a", 0, 10_000 + each))).to.deep.equal([0, 0, 0]);
    expect(throttle.failed("a", 10_010, 20_000)).to.equal(1000);
  });

  it("forgets after a calm, and knows services apart", () => {
    const throttle = new CrashThrottle();
    throttle.failed("a", 0, 1000);
    expect(throttle.failed("b", 1000, 2000)).to.equal(0);
    expect(throttle.failed("a", 1000, 2000)).to.equal(1000);
    expect(throttle.failed("a", 3000, 400_000)).to.equal(0);
  });
});
