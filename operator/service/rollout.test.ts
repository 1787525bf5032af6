import { expect } from "chai";
import { assert, integer, nat, property } from "fast-check";

import { rolloutLimits } from "./rollout.ts";

describe("limits of a rollout", () => {
  const cases: [string, number, { minimumHealthyPercent?: number; maximumPercent?: number }, number, number][] = [
    ["by default doubles and lacks nothing", 4, {}, 0, 4],
    ["rounds the lower limit up", 3, { minimumHealthyPercent: 50 }, 1, 3],
    ["rounds the upper limit down", 3, { minimumHealthyPercent: 100, maximumPercent: 150 }, 0, 1],
    ["may stop all before starting any", 2, { minimumHealthyPercent: 0, maximumPercent: 100 }, 2, 0],
    ["keeps to the upper limit where there is no room", 1, { minimumHealthyPercent: 50, maximumPercent: 100 }, 1, 0],
    ["takes a lower limit above the wish for the wish", 2, { minimumHealthyPercent: 150 }, 0, 2],
    ["has no tasks to lack", 0, {}, 1, 0],
  ];
  for (const [name, desired, configuration, maxUnavailable, maxSurge] of cases) {
    it(name, () => expect(rolloutLimits(desired, configuration)).to.deep.equal({ maxUnavailable, maxSurge }));
  }

  it("never leaves a rollout without room, which Kubernetes refuses", () => {
    const percent = integer({ min: 0, max: 400 });
    assert(
      property(nat(2000), percent, percent, (desired, minimumHealthyPercent, maximumPercent) => {
        const { maxUnavailable, maxSurge } = rolloutLimits(desired, { minimumHealthyPercent, maximumPercent });
        expect(maxUnavailable).to.be.at.least(0);
        expect(maxSurge).to.be.at.least(0);
        expect(maxUnavailable + maxSurge).to.be.at.least(1);
      }),
    );
  });
});
