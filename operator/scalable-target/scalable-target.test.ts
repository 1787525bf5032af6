import { expect } from "chai";
import type {
  ECSScalableTarget,
  ECSScalableTargetSpec,
  ECSScalableTargetStatus,
  ScalingSchedule,
} from "#model/generated/resources.generated.ts";
import type { HorizontalPodAutoscaler } from "#lib/kube/resources.ts";
import type { TargetTrackingPolicy } from "#lib/ecs/scaling/policies.ts";
import { scalingProblems } from "#lib/ecs/scaling/rules.ts";
import { stepPolicy } from "./testing/step-policy.ts";
import { service } from "../service/testing/fixtures.ts";
import { autoscalerOf } from "./autoscaler.ts";
import { type Capacity, capacityOf } from "./capacity.ts";
import type { ScalableTargetState } from "./state.ts";
import { correctionOf, scalableTargetStatus } from "./status.ts";

const at = (time: string): Date => new Date(`2026-11-25T${time}Z`);

function target(spec: Partial<ECSScalableTargetSpec> = {}, status?: ECSScalableTargetStatus): ECSScalableTarget {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSScalableTarget",
    metadata: { name: "web", namespace: "team", uid: "t-1", generation: 1, creationTimestamp: "2026-11-25T10:00:00Z" },
    spec: { service: "web", minCapacity: 1, maxCapacity: 5, ...spec },
    ...(status && { status }),
  };
}

/** The status after a look at a time. */
function looked(one: ECSScalableTarget, time: string): ECSScalableTarget {
  const capacity = capacityOf(one, at(time));
  return { ...one, status: scalableTargetStatus(state(one), capacity, {}, at(time)) };
}

function state(one: ECSScalableTarget, desiredCount = 2, autoscaler?: HorizontalPodAutoscaler): ScalableTargetState {
  return {
    target: one,
    service: service({ desiredCount }),
    serviceName: "web",
    clusterName: "shop",
    ...(autoscaler && { autoscaler }),
  };
}

function policy(
  more: Partial<TargetTrackingPolicy["targetTrackingScalingPolicyConfiguration"]> = {},
  policyName = "cpu",
) {
  const predefinedMetricSpecification = { predefinedMetricType: "ECSServiceAverageCPUUtilization" } as const;
  const configuration = { targetValue: 60, predefinedMetricSpecification, ...more };
  return { policyName, targetTrackingScalingPolicyConfiguration: configuration };
}

const action = (name: string, schedule: string, minCapacity?: number, maxCapacity?: number): ScalingSchedule => ({
  scheduledActionName: name,
  schedule,
  scalableTargetAction: {
    ...(minCapacity !== undefined && { minCapacity }),
    ...(maxCapacity !== undefined && { maxCapacity }),
  },
});

describe("the capacities of a scalable target", () => {
  it("are those of the spec until a scheduled action's moment, then that action's", () => {
    const actions = [action("day", "cron(0 12 * * ? *)", 3, 8), action("night", "cron(0 20 * * ? *)", 1, 2)];
    let one = looked(target({ scheduledActions: actions }), "10:00:01");
    expect(capacityOf(one, at("11:59:59"))).to.include({ min: 1, max: 5 });
    expect(capacityOf(one, at("12:00:00"))).to.include({ min: 3, max: 8, action: "day" });
    one = looked(one, "12:00:00");
    expect(one.status).to.include({ minCapacity: 3, maxCapacity: 8, lastScheduleTime: "2026-11-25T12:00:00.000Z" });
    const later = capacityOf(one, at("19:00:00"));
    expect(later).to.include({ min: 3, max: 8, nextMs: at("20:00:00").getTime() });
    expect(later).to.not.have.property("action");
    expect(capacityOf(one, at("21:00:00"))).to.include({ min: 1, max: 2, action: "night" });
  });

  it("of several moments that nobody saw the last of each action counts, in their order", () => {
    const actions = [action("up", "cron(0 11 * * ? *)", 4), action("down", "cron(0 12 * * ? *)", undefined, 3)];
    const one = looked(target({ scheduledActions: actions }), "10:00:01");
    expect(capacityOf(one, at("13:00:00")), "the minimum goes along").to.include({ min: 3, max: 3, action: "down" });
  });

  it("are the spec's again once it is changed or registered anew", () => {
    const actions = [action("day", "cron(0 12 * * ? *)", 3, 8)];
    const one = looked(looked(target({ scheduledActions: actions }), "10:00:01"), "12:00:00");
    const changed = { ...one, spec: { ...one.spec, maxCapacity: 6 } };
    expect(capacityOf(changed, at("13:00:00"))).to.include({ min: 1, max: 6 });
    const annotations = { "kecs.io/registered-at": "2026-11-25T12:30:00.000Z" };
    const again = { ...one, metadata: { ...one.metadata, annotations } };
    expect(capacityOf(again, at("13:00:00"))).to.include({ min: 1, max: 5 });
  });

  it("an action that is added does not make another's moment pass unseen", () => {
    const dated = (name: string, schedule: string, min: number, createdAt: string): ScalingSchedule => ({
      ...action(name, schedule, min),
      createdAt,
    });
    const day = dated("day", "cron(0 12 * * ? *)", 3, "2026-11-25T10:00:00Z");
    const one = looked(target({ scheduledActions: [day] }), "10:00:01");
    const late = dated("late", "cron(0 11 * * ? *)", 4, "2026-11-25T12:00:30Z");
    const both = { ...one, spec: { ...one.spec, scheduledActions: [day, late] } };
    expect(capacityOf(both, at("12:01:00"))).to.include({ min: 3, action: "day" });
  });

  it("an action counts from when it was made, and not while scheduled scaling is suspended", () => {
    const one = looked(target(), "10:00:01");
    const late = { ...one, spec: { ...one.spec, scheduledActions: [action("day", "cron(30 10 * * ? *)", 3)] } };
    expect(capacityOf(late, at("11:00:00")), "its moment of today has passed").to.include({ min: 1, max: 5 });
    const suspended = target({
      scheduledActions: [action("day", "cron(0 12 * * ? *)", 3)],
      suspendedState: { scheduledScalingSuspended: true },
    });
    expect(capacityOf(looked(suspended, "10:00:01"), at("12:00:00")))
      .to.include({ min: 1, max: 5 })
      .and.not.have.property("nextMs");
  });
});

describe("the desired count of a service that is scaled", () => {
  const capacity = (min: number, max: number, more: Partial<Capacity> = {}): Capacity => ({
    min,
    max,
    specHash: "",
    actionsHash: "",
    sinceMs: 0,
    ...more,
  });

  it("is brought within capacities that are new, and says why", () => {
    expect(correctionOf(state(target(), 0), capacity(1, 5))).to.deep.equal({
      desiredCount: 1,
      cause: "minimum capacity was set to 1",
    });
    expect(correctionOf(state(target(), 9), capacity(1, 5, { action: "night" }))).to.deep.equal({
      desiredCount: 5,
      cause: "scheduled action name night was triggered, maximum capacity was set to 5",
    });
    expect(correctionOf(state(target(), 3), capacity(1, 5))).to.equal(undefined);
  });

  it("is left alone where someone else moves it, and made where there is none", () => {
    const known = target({}, { minCapacity: 1, maxCapacity: 5 });
    expect(correctionOf(state(known, 9), capacity(1, 5))).to.equal(undefined);
    const { desiredCount: _, ...spec } = service().spec;
    const without = { ...state(known), service: { ...service(), spec } };
    expect(correctionOf(without, capacity(2, 5))?.desiredCount).to.equal(2);
  });
});

describe("the autoscaler of a scalable target", () => {
  const bounds = { min: 2, max: 6 };

  it("is there for policies only, and scales the ECSService", () => {
    expect(autoscalerOf(target(), bounds)).to.equal(undefined);
    const { spec, metadata } = autoscalerOf(target({ policies: [policy()] }), bounds)!;
    expect(metadata).to.deep.include({ name: "web", namespace: "team" });
    expect(spec?.scaleTargetRef).to.deep.equal({ apiVersion: "ecs.kecs.io/v1alpha1", kind: "ECSService", name: "web" });
    expect(spec).to.include({ minReplicas: 2, maxReplicas: 6 });
    expect(spec?.metrics?.[0]?.resource).to.deep.equal({
      name: "cpu",
      target: { type: "Utilization", averageUtilization: 60 },
    });
    expect(autoscalerOf(target({ policies: [policy()] }), { min: 0, max: 0 })).to.equal(undefined);
    expect(autoscalerOf(target({ policies: [policy()] }), { min: 0, max: 2 })?.spec?.minReplicas).to.equal(1);
  });

  it("has the cooldowns of its policies: the quickest out, the slowest in", () => {
    const memory = {
      predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageMemoryUtilization" },
    } as const;
    const policies = [
      policy({ scaleOutCooldown: 60, scaleInCooldown: 30 }),
      policy({ ...memory, scaleInCooldown: 600 }, "memory"),
    ];
    const { spec } = autoscalerOf(target({ policies }), bounds)!;
    expect(spec?.metrics?.map(({ resource }) => resource?.name)).to.deep.equal(["cpu", "memory"]);
    expect(spec?.behavior?.scaleDown).to.include({ stabilizationWindowSeconds: 600, selectPolicy: "Max" });
    expect(spec?.behavior?.scaleUp?.policies).to.deep.equal([
      { type: "Percent", value: 100, periodSeconds: 60 },
      { type: "Pods", value: 4, periodSeconds: 60 },
    ]);
  });

  it("does not scale in, or out, where it is not to", () => {
    const keeps = autoscalerOf(target({ policies: [policy({ disableScaleIn: true })] }), bounds);
    expect(keeps?.spec?.behavior?.scaleDown?.selectPolicy).to.equal("Disabled");
    const suspendedState = { dynamicScalingInSuspended: true, dynamicScalingOutSuspended: true };
    const rests = autoscalerOf(target({ policies: [policy()], suspendedState }), bounds);
    expect(rests?.spec?.behavior?.scaleUp?.selectPolicy).to.equal("Disabled");
    expect(rests?.spec?.behavior?.scaleDown?.selectPolicy).to.equal("Disabled");
  });
});

describe("the status of a scalable target", () => {
  const scaled = (status: NonNullable<HorizontalPodAutoscaler["status"]>): HorizontalPodAutoscaler => ({
    spec: { maxReplicas: 5, scaleTargetRef: { kind: "ECSService", name: "web" } },
    status,
  });
  const active = { type: "ScalingActive", status: "True", reason: "ValidMetricFound", message: "" };

  it("tells each change of the autoscaler once", () => {
    const autoscaler = scaled({ lastScaleTime: "2026-11-25T10:05:00Z", desiredReplicas: 3, conditions: [active] });
    const one = target({ policies: [policy()] });
    const told = scalableTargetStatus(state(one, 3, autoscaler), capacityOf(one, at("10:05:01")), {}, at("10:05:01"));
    expect(told.activities).to.have.length(1);
    expect(told.activities?.[0]).to.include({
      description: "Setting desired count to 3.",
      startTime: "2026-11-25T10:05:00Z",
    });
    expect(told.conditions?.[0]).to.include({ type: "Ready", status: "True" });
    const again = { ...one, status: told };
    const capacity = capacityOf(again, at("10:06:00"));
    expect(scalableTargetStatus(state(again, 3, autoscaler), capacity, {}, at("10:06:00"))).to.deep.equal(told);
  });

  it("says what keeps the autoscaler from measuring", () => {
    const message = "unable to get metrics for resource cpu";
    const blind = scaled({
      desiredReplicas: 0,
      conditions: [{ ...active, status: "False", reason: "FailedGetResourceMetric", message }],
    });
    const one = target({ policies: [policy()] });
    const { conditions } = scalableTargetStatus(
      state(one, 1, blind),
      capacityOf(one, at("10:00:01")),
      {},
      at("10:00:01"),
    );
    expect(conditions?.find(({ type }) => type === "Reconciling")).to.include({ status: "True", message });
  });
});

describe("what is wrong with a scalable target", () => {
  const spec = { minCapacity: 1, maxCapacity: 5 };
  const cases: [words: RegExp, more: Partial<ECSScalableTargetSpec>][] = [
    [/cannot be less/, { minCapacity: 6 }],
    [/Only one target tracking policy/, { policies: [policy(), policy({}, "again")] }],
    [/action a: Invalid Schedule Expression/, { scheduledActions: [action("a", "daily", 1)] }],
    [/action a: At least one/, { scheduledActions: [action("a", "rate(1 day)")] }],
    [/action a: Maximum capacity/, { scheduledActions: [action("a", "rate(1 day)", 3, 2)] }],
    [/at the same time/, { policies: [policy(), stepPolicy()] }],
    [/Scaling policy up: Both lower and upper bounds/, { policies: [stepPolicy([[undefined, undefined, 1]])] }],
    [
      /overlap/,
      {
        policies: [
          stepPolicy([
            [0, 10, 1],
            [5, undefined, 2],
          ]),
        ],
      },
    ],
    [
      /overlap/,
      {
        policies: [
          stepPolicy([
            [0, undefined, 1],
            [5, undefined, 2],
          ]),
        ],
      },
    ],
    [
      /no gap/,
      {
        policies: [
          stepPolicy([
            [0, 10, 1],
            [15, undefined, 2],
          ]),
        ],
      },
    ],
    [/less than its upper/, { policies: [stepPolicy([[5, 5, 1]])] }],
    [/unspecified upper bound/, { policies: [stepPolicy([[0, 10, 1]])] }],
    [/unspecified lower bound/, { policies: [stepPolicy([[-10, 0, -1]])] }],
    [
      /only be used with .* PercentChange/,
      { policies: [stepPolicy([[0, undefined, 1]], { minAdjustmentMagnitude: 2 })] },
    ],
    [/must not be negative/, { policies: [stepPolicy([[0, undefined, -1]], { adjustmentType: "ExactCapacity" })] }],
    [
      /^$/,
      {
        policies: [
          stepPolicy([
            [undefined, -10, -2],
            [-10, 0, -1],
            [0, 10, 1],
            [10, undefined, 2],
          ]),
        ],
      },
    ],
    [/Invalid timezone/, { scheduledActions: [{ ...action("a", "rate(1 day)", 3), timezone: "Mars" }] }],
  ];
  for (const [words, more] of cases) {
    it(`is told: ${words.source}`, () => expect(scalingProblems({ ...spec, ...more }).join(" ")).to.match(words));
  }
});
