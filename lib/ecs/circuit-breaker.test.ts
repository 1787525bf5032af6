import { expect } from "chai";
import type { ThresholdConfiguration } from "#model/generated/types.generated.ts";
import { failureThreshold } from "./circuit-breaker.ts";

describe("the threshold of a deployment circuit breaker", () => {
  const cases: [string, number, ThresholdConfiguration | undefined, number][] = [
    ["is at least 3", 1, undefined, 3],
    ["is half of the desired count, rounded up", 25, undefined, 13],
    ["is at most 200", 800, undefined, 200],
    ["is a count where one is given", 800, { type: "COUNT", value: 5 }, 5],
    ["may be another share within the bounds", 20, { type: "BOUNDED_PERCENT", value: 100 }, 20],
    ["may be a share without bounds", 800, { type: "UNBOUNDED_PERCENT", value: 50 }, 400],
    ["is never less than one failure", 0, { type: "UNBOUNDED_PERCENT", value: 50 }, 1],
  ];
  for (const [name, desiredCount, thresholdConfiguration, threshold] of cases) {
    it(name, () => {
      const breaker = { enable: true, rollback: true, ...(thresholdConfiguration && { thresholdConfiguration }) };
      expect(failureThreshold(breaker, desiredCount)).to.equal(threshold);
    });
  }
});
