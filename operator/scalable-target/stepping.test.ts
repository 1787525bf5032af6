import { expect } from "chai";
import type { StepScalingPolicy } from "#lib/ecs/scaling/policies.ts";
import type { ECSAlarm, ECSScalableTarget, ECSScalableTargetSpec } from "#model/generated/resources.generated.ts";
import { service } from "../service/testing/fixtures.ts";
import { capacityOf } from "./capacity.ts";
import type { ScalableTargetState } from "./state.ts";
import { correctionOf, pendingCorrection, scalableTargetStatus } from "./status.ts";
import { adjusted, breachOf, stepFor } from "./step.ts";
import { stepping } from "./stepping.ts";
import { stepPolicy } from "./testing/step-policy.ts";

const start = Date.parse("2026-11-25T10:00:00Z");
const after = (seconds: number): Date => new Date(start + seconds * 1000);

function alarm(name: string, spec: Partial<ECSAlarm["spec"]> = {}): ECSAlarm {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSAlarm",
    metadata: { name },
    spec: { state: "ALARM", ...spec },
  };
}

/** A service with a scalable target, which the operator looks at as often as it is told to. */
class Scaled {
  count = 2;
  target: ECSScalableTarget;
  alarms: NonNullable<ScalableTargetState["alarms"]> = [];

  constructor(policies: StepScalingPolicy[], spec: Partial<ECSScalableTargetSpec> = {}) {
    this.target = {
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSScalableTarget",
      metadata: { name: "web", uid: "t-1", generation: 1, creationTimestamp: after(0).toISOString() },
      spec: { service: "web", minCapacity: 1, maxCapacity: 20, policies, ...spec },
    };
    this.look(0);
  }

  get state(): ScalableTargetState {
    const of = service({ desiredCount: this.count });
    return { target: this.target, service: of, serviceName: "web", clusterName: "shop", alarms: this.alarms };
  }

  /** One look of the operator, as the controller does it. */
  look(seconds: number): number {
    const now = after(seconds);
    const capacity = capacityOf(this.target, now);
    const correction = pendingCorrection(this.state, capacity) ?? correctionOf(this.state, capacity);
    const found = correction === undefined ? stepping(this.state, capacity, now) : undefined;
    const status = scalableTargetStatus(this.state, capacity, { correction, stepping: found }, now);
    if (correction) this.count = correction.desiredCount;
    this.target = { ...this.target, status };
    return this.count;
  }

  /** As many looks as it takes to make a change. */
  settle(seconds: number): number {
    this.look(seconds);
    return this.look(seconds);
  }

  raise(...raised: [policyName: string, alarm: ECSAlarm][]): void {
    this.alarms = raised.map(([policyName, each]) => ({ policyName, alarm: each }));
  }
}

describe("a step adjustment", () => {
  const both = stepPolicy([
    [undefined, -10, -2],
    [-10, 0, -1],
    [0, 10, 1],
    [10, undefined, 3],
  ]).stepScalingPolicyConfiguration;
  const chosen = (breach: number, comparison?: ECSAlarm["spec"]["comparisonOperator"]) =>
    stepFor(breach, both, comparison)?.scalingAdjustment;

  it("is chosen by how far the metric is from the threshold, with AWS's bounds", () => {
    expect([-10.1, -10, -0.1, 0.1, 9.9, 10, 99].map((breach) => chosen(breach))).to.deep.equal([
      -2, -2, -1, 1, 1, 3, 3,
    ]);
    expect(chosen(0, "GreaterThanOrEqualToThreshold")).to.equal(1);
    expect(chosen(0, "LessThanOrEqualToThreshold")).to.equal(-1);
    const down = stepPolicy([[undefined, 0, -1]]).stepScalingPolicyConfiguration;
    expect(stepFor(0, down, undefined)?.scalingAdjustment, "no comparison").to.equal(-1);
    expect(stepFor(0, down, "GreaterThanThreshold")).to.equal(undefined);
    expect(stepFor(5, down, undefined)).to.equal(undefined);
  });

  it("counts the average, minimum or maximum of what was measured", () => {
    const measured = alarm("a", { threshold: 50, values: [60, 80, 100] });
    const breach = (metricAggregationType?: "Average" | "Minimum" | "Maximum") =>
      breachOf(measured, { ...both, ...(metricAggregationType && { metricAggregationType }) });
    expect([breach(), breach("Minimum"), breach("Maximum")]).to.deep.equal([30, 10, 50]);
    expect(breachOf(alarm("a", { values: [60] }), both), "no threshold").to.equal(0);
    expect(breachOf(alarm("a", { threshold: 60 }), both), "no values").to.equal(0);
  });

  it("adds, sets, or adds percent, within the capacities", () => {
    const bounds = { min: 1, max: 12 };
    const result = (
      adjustmentType: "ChangeInCapacity" | "ExactCapacity" | "PercentChangeInCapacity",
      by: number,
      least?: number,
    ) =>
      adjusted(
        10,
        { scalingAdjustment: by },
        { adjustmentType, stepAdjustments: [], ...(least && { minAdjustmentMagnitude: least }) },
        bounds,
      );
    expect(result("ChangeInCapacity", -3)).to.equal(7);
    expect(result("ChangeInCapacity", 5)).to.equal(12);
    expect(result("ExactCapacity", 0)).to.equal(1);
    expect(result("PercentChangeInCapacity", 19), "1.9 is 1").to.equal(11);
    expect(result("PercentChangeInCapacity", 4), "0.4 is 1").to.equal(11);
    expect(result("PercentChangeInCapacity", -4), "-0.4 is -1").to.equal(9);
    expect(result("PercentChangeInCapacity", -39), "-3.9 is -3").to.equal(7);
    expect(result("PercentChangeInCapacity", -10, 4)).to.equal(6);
  });
});

describe("step scaling", () => {
  it("acts when the alarm goes to ALARM, and again after the cooldown while it stays there", () => {
    const web = new Scaled([stepPolicy([[0, undefined, 2]], { cooldown: 120 })]);
    web.raise(["up", alarm("busy", { state: "OK" })]);
    expect(web.settle(1)).to.equal(2);
    web.raise(["up", alarm("busy")]);
    expect(web.settle(2)).to.equal(4);
    const [activity] = web.target.status?.activities ?? [];
    expect(activity).to.include({
      description: "Setting desired count to 4.",
      cause: "monitor alarm busy in state ALARM triggered policy up",
    });
    expect(web.settle(30), "not invoked").to.equal(4);
    expect(web.settle(63), "cools down").to.equal(4);
    expect(web.settle(124)).to.equal(6);
    web.raise(["up", alarm("busy", { state: "OK" })]);
    expect(web.settle(300)).to.equal(6);
    expect(web.target.status?.alarms).to.deep.equal([{ policyName: "up", alarmName: "busy" }]);
  });

  it("writes a change down before it is made, so that a restart makes it once", () => {
    const web = new Scaled([stepPolicy([[0, undefined, 2]])]);
    web.raise(["up", alarm("busy")]);
    expect(web.look(1), "written down").to.equal(2);
    const intended = web.target;
    expect(intended.status?.pendingStep).to.include({ from: 2, to: 4 });
    expect(web.look(2), "made").to.equal(4);
    web.target = intended; // the operator ended between the change and its status
    expect(web.settle(3)).to.equal(4);
    expect(web.target.status).to.not.have.property("pendingStep");
  });

  it("adds within the cooldown only what a larger step adds", () => {
    const web = new Scaled([
      stepPolicy([
        [0, 20, 2],
        [20, undefined, 3],
      ]),
    ]);
    web.raise(["up", alarm("busy", { threshold: 50, values: [60] })]);
    expect(web.settle(1)).to.equal(4);
    web.raise(["up", alarm("busy", { threshold: 50, values: [90] })]);
    expect(web.settle(62)).to.equal(5);
    expect(web.settle(123)).to.equal(5);
  });

  it("does not scale in within the cooldown, but scales out", () => {
    const web = new Scaled([
      stepPolicy([[undefined, 0, -1]], { cooldown: 200 }, "down"),
      stepPolicy([[0, undefined, 4]], { cooldown: 10 }),
    ]);
    web.count = 8;
    const idle = alarm("idle", { comparisonOperator: "LessThanThreshold" });
    web.raise(["down", idle]);
    expect(web.settle(1)).to.equal(7);
    expect(web.settle(62)).to.equal(7);
    web.raise(["down", idle], ["up", alarm("busy")]);
    expect(web.settle(70), "the most tasks win").to.equal(11);
    web.raise(["down", idle]);
    expect(web.settle(205)).to.equal(10);
  });

  it("rests in a direction that is suspended", () => {
    const suspendedState = { dynamicScalingOutSuspended: true };
    const web = new Scaled([stepPolicy()], { suspendedState });
    web.raise(["up", alarm("busy")]);
    expect(web.settle(1)).to.equal(2);
  });

  it("tells once of a policy that has no step for what its alarm says", () => {
    const web = new Scaled([stepPolicy([[0, undefined, 2]])]);
    web.raise(["up", alarm("busy", { threshold: 50, values: [40], comparisonOperator: "LessThanThreshold" })]);
    web.settle(1);
    expect(web.settle(62)).to.equal(2);
    const failed = web.target.status?.activities?.filter(({ statusCode }) => statusCode === "Failed") ?? [];
    expect(failed.map(({ description }) => description)).to.deep.equal([
      "No step adjustment found for a metric 10 below the alarm's threshold.",
    ]);
  });
});
