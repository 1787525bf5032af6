import { expect } from "chai";
import * as fc from "fast-check";

import type { Lifecycle } from "#lib/ecs/lifecycle.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { DeploymentConfiguration, DeploymentLifecycleHook } from "#model/generated/types.generated.ts";
import type { HookAnswer } from "../hook/answer.ts";
import { callKey, failedHook } from "./hooks.ts";
import { advanced, firstStage, isOverdue, stageDueInMs, type StageFacts, takenBack } from "./stages.ts";
import { after, start } from "./testing/fixtures.ts";

const BLUE = "1000000000000000001";
const GREEN = "2000000000000000002";
const source = { revision: "7", deployment: BLUE };

function begun(
  configuration: DeploymentConfiguration,
  more: { source?: typeof source | undefined } = { source },
): Rollout {
  const beginning = { deployment: "x", digits: GREEN, configuration, crowded: false, now: start };
  const lifecycle = firstStage({ ...beginning, source: more.source });
  return {
    id: "x",
    asked: GREEN,
    deployment: GREEN,
    revision: "8",
    taskDefinition: "web:2",
    status: "IN_PROGRESS",
    createdAt: start.toISOString(),
    failures: 0,
    ...(lifecycle && { lifecycle }),
  };
}

function facts(configuration: DeploymentConfiguration, more: Partial<StageFacts> = {}): StageFacts {
  return {
    configuration,
    answers: new Map(),
    actions: {},
    scaledUp: true,
    reconciled: true,
    alarmBakeMs: 0,
    now: start,
    ...more,
  };
}

/** The stages that a deployment goes through as long as it moves at one moment, with the weights in them. */
function run(rollout: Rollout, of: StageFacts): { rollout: Rollout; seen: [string, number, number][] } {
  const seen: [string, number, number][] = [];
  let last = rollout;
  for (let step = 0; step < 200; step += 1) {
    const { stage, production, test } = last.lifecycle!;
    seen.push([stage, production, test]);
    const next = advanced(last, of);
    if (JSON.stringify(next) === JSON.stringify(last)) return { rollout: last, seen };
    last = next;
  }
  throw new Error("it never comes to rest");
}

const stagesOf = (seen: readonly [string, number, number][]): string[] => seen.map(([stage]) => stage);
const hookAt = (
  stage: NonNullable<DeploymentLifecycleHook["lifecycleStages"]>[number],
  more: DeploymentLifecycleHook = {},
) => ({
  hookTargetArn: "http://hook.test/",
  lifecycleStages: [stage],
  ...more,
});
const answers = ({ lifecycle }: Rollout, answer: HookAnswer): ReadonlyMap<string, HookAnswer> =>
  new Map((lifecycle?.hooks ?? []).map((hook) => [callKey(hook), answer]));

describe("the stages of a blue/green deployment", () => {
  const blueGreen: DeploymentConfiguration = { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 };

  it("are gone through in ECS's order, traffic shifting at once", () => {
    expect(run(begun(blueGreen), facts(blueGreen)).seen).to.deep.equal([
      ["PRE_SCALE_UP", 0, 0],
      ["SCALE_UP", 0, 0],
      ["POST_SCALE_UP", 0, 0],
      ["TEST_TRAFFIC_SHIFT", 0, 100],
      ["POST_TEST_TRAFFIC_SHIFT", 0, 100],
      ["PRE_PRODUCTION_TRAFFIC_SHIFT", 0, 100],
      ["PRODUCTION_TRAFFIC_SHIFT", 100, 100],
      ["POST_PRODUCTION_TRAFFIC_SHIFT", 100, 100],
      ["BAKE_TIME", 100, 100],
      ["CLEAN_UP", 100, 100],
    ]);
  });

  it("are one a look, so that each is written down before it is acted on", () => {
    expect(advanced(begun(blueGreen), facts(blueGreen)).lifecycle?.stage).to.equal("SCALE_UP");
  });

  it("are none with the strategy ROLLING", () => {
    expect(begun({}).lifecycle).to.equal(undefined);
    expect(advanced(begun({}), facts({}))).to.deep.equal(begun({}));
  });

  it("begin with RECONCILE_SERVICE where more than one service revision has tasks", () => {
    const beginning = { deployment: "x", digits: GREEN, configuration: blueGreen, source, crowded: true, now: start };
    const rollout = { ...begun(blueGreen), lifecycle: firstStage(beginning)! };
    const waiting = run(rollout, facts(blueGreen, { reconciled: false }));
    expect(stagesOf(waiting.seen)).to.deep.equal(["RECONCILE_SERVICE"]);
    expect(stagesOf(run(rollout, facts(blueGreen)).seen).slice(0, 2)).to.deep.equal([
      "RECONCILE_SERVICE",
      "PRE_SCALE_UP",
    ]);
  });

  it("wait for all new tasks", () => {
    const { rollout } = run(begun(blueGreen), facts(blueGreen, { scaledUp: false }));
    expect(rollout.lifecycle?.stage).to.equal("SCALE_UP");
    expect(isOverdue(rollout.lifecycle!, after(86_399))).to.equal(false);
    expect(isOverdue(rollout.lifecycle!, after(86_400))).to.equal(true);
  });

  it("have all traffic from the beginning where nothing ran before", () => {
    const { seen } = run(begun(blueGreen, { source: undefined }), facts(blueGreen));
    expect(new Set(seen.map(([, ...weights]) => weights.join()))).to.deep.equal(new Set(["100,100"]));
    expect(stagesOf(seen)).to.include.members(["PRE_SCALE_UP", "PRODUCTION_TRAFFIC_SHIFT", "CLEAN_UP"]);
  });

  it("are left out for what has the traffic already", () => {
    const again = begun(blueGreen, { source: { revision: "7", deployment: GREEN } });
    expect(again.lifecycle).to.include({ stage: "CLEAN_UP", production: 100 }).and.not.have.property("source");
  });

  it("bake for as long as the service says, and its alarms need", () => {
    const baking = { ...blueGreen, bakeTimeInMinutes: 2 };
    const { rollout } = run(begun(baking), facts(baking, { alarmBakeMs: 5000 }));
    expect(rollout.lifecycle?.stage).to.equal("BAKE_TIME");
    expect(stageDueInMs(rollout, facts(baking, { now: after(30) }))).to.equal(90_000);
    expect(advanced(rollout, facts(baking, { now: after(119) })).lifecycle?.stage).to.equal("BAKE_TIME");
    expect(advanced(rollout, facts(baking, { now: after(120) })).lifecycle?.stage).to.equal("CLEAN_UP");
    expect(advanced(rollout, facts(baking, { now: after(120), alarmBakeMs: 200_000 })).lifecycle?.stage).to.equal(
      "BAKE_TIME",
    );
  });
});

describe("production traffic that shifts by steps", () => {
  const productionOf = (seen: readonly [string, number, number][]): number[] =>
    seen.filter(([stage]) => stage === "PRODUCTION_TRAFFIC_SHIFT").map(([, production]) => production);

  it("shifts in equal steps with LINEAR, the last one as far as is left", () => {
    const linear: DeploymentConfiguration = {
      strategy: "LINEAR",
      linearConfiguration: { stepPercent: 30, stepBakeTimeInMinutes: 0 },
    };
    const { seen } = run(begun(linear), facts(linear));
    expect(productionOf(seen)).to.deep.equal([30, 60, 90, 100]);
    expect(stagesOf(seen).filter((stage) => stage === "PRE_PRODUCTION_TRAFFIC_SHIFT")).to.have.length(4);
  });

  it("shifts in two steps with CANARY, with a bake time between them", () => {
    const canary: DeploymentConfiguration = { strategy: "CANARY", canaryConfiguration: { canaryPercent: 0.1 } };
    const { rollout, seen } = run(begun(canary), facts(canary));
    expect(productionOf(seen)).to.deep.equal([0.1]);
    expect(stageDueInMs(rollout, facts(canary))).to.equal(600_000);
    expect(productionOf(run(rollout, facts(canary, { now: after(600) })).seen)).to.deep.equal([0.1, 100]);
  });

  it("comes to 100 %, with every step that ECS allows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 1000 }), (tenths) => {
        const linear: DeploymentConfiguration = {
          strategy: "LINEAR",
          linearConfiguration: { stepPercent: tenths / 10, stepBakeTimeInMinutes: 0 },
        };
        const steps = productionOf(run(begun(linear), facts(linear)).seen);
        expect(steps.length).to.equal(Math.ceil(1000 / tenths));
        expect(steps.at(-1)).to.equal(100);
      }),
    );
  });
});

describe("hooks of a stage", () => {
  const hooked = (hook: DeploymentLifecycleHook, more: DeploymentConfiguration = {}): DeploymentConfiguration => ({
    strategy: "BLUE_GREEN",
    lifecycleHooks: [hook],
    ...more,
  });
  const at = (configuration: DeploymentConfiguration): Rollout =>
    run(begun(configuration), facts(configuration)).rollout;

  it("hold it until their target has said SUCCEEDED", () => {
    const configuration = hooked(hookAt("POST_SCALE_UP"));
    const held = at(configuration);
    expect(held.lifecycle).to.deep.include({ stage: "POST_SCALE_UP", production: 0 });
    expect(held.lifecycle?.hooks?.[0]).to.include({ status: "IN_PROGRESS", targetArn: "http://hook.test/", calls: 0 });
    const done = run(held, facts(configuration, { answers: answers(held, { hookStatus: "SUCCEEDED" }) }));
    expect(done.rollout.lifecycle?.stage).to.equal("CLEAN_UP");
  });

  it("are the same hooks after a restart", () => {
    const configuration = hooked(hookAt("POST_SCALE_UP"));
    expect(at(configuration)).to.deep.equal(at(configuration));
  });

  it("are called again while in progress, with what they have said", () => {
    const configuration = hooked(hookAt("PRE_SCALE_UP", { hookDetails: { bucket: "b", seen: 0 } }));
    const held = begun(configuration);
    const said = answers(held, { hookStatus: "IN_PROGRESS", callBackDelay: 60, hookDetails: { seen: 1 } });
    const again = advanced(held, facts(configuration, { answers: said }));
    expect(again.lifecycle?.hooks?.[0]).to.deep.include({
      calls: 1,
      nextCallAt: after(60).toISOString(),
      details: { bucket: "b", seen: 1 },
    });
    expect(advanced(again, facts(configuration, { answers: said, now: after(1) }))).to.deep.equal(again);
    const [hook] = again.lifecycle!.hooks!;
    const later = new Map([[callKey(hook!), { hookStatus: "IN_PROGRESS" as const }]]);
    expect(advanced(again, facts(configuration, { answers: later, now: after(60) })).lifecycle?.hooks?.[0]).to.include({
      calls: 2,
      nextCallAt: after(90).toISOString(),
    });
  });

  it("that fail are told, and end nothing by themselves", () => {
    const configuration = hooked(hookAt("PRE_SCALE_UP"));
    const held = begun(configuration);
    const said = answers(held, { hookStatus: "FAILED", reason: "status 500" });
    const after_ = run(held, facts(configuration, { answers: said })).rollout;
    expect(after_.lifecycle?.stage).to.equal("PRE_SCALE_UP");
    expect(failedHook(after_.lifecycle)).to.include({ status: "FAILED", reason: "status 500" });
  });

  it("that pause wait for ContinueServiceDeployment, each for its own", () => {
    const pause = (): DeploymentLifecycleHook => ({
      targetType: "PAUSE",
      lifecycleStages: ["POST_TEST_TRAFFIC_SHIFT"],
    });
    const configuration = { ...hooked(pause()), lifecycleHooks: [pause(), pause()] };
    const held = at(configuration);
    const [first, second] = held.lifecycle!.hooks!.map(({ id }) => id);
    expect(first)
      .to.match(/^ecs-pause-[-_A-Za-z0-9]{43}$/)
      .and.not.equal(second);
    const one = run(held, facts(configuration, { actions: { [first!]: "CONTINUE" } })).rollout;
    expect(one.lifecycle?.hooks?.map(({ status }) => status)).to.deep.equal(["SUCCEEDED", "AWAITING_ACTION"]);
    const both = facts(configuration, { actions: { [first!]: "CONTINUE", [second!]: "CONTINUE" } });
    expect(run(held, both).rollout.lifecycle?.stage).to.equal("CLEAN_UP");
    const back = run(held, facts(configuration, { actions: { [second!]: "ROLLBACK" } })).rollout;
    expect(failedHook(back.lifecycle)?.id).to.equal(second);
  });

  it("take their timeout's action", () => {
    const timeoutConfiguration = { timeoutInMinutes: 1 };
    const roll = hooked(hookAt("PRE_SCALE_UP", { timeoutConfiguration }));
    expect(stageDueInMs(begun(roll), facts(roll, { now: after(1) }))).to.equal(59_000);
    const late = advanced(begun(roll), facts(roll, { now: after(60) }));
    expect(failedHook(late.lifecycle)?.status).to.equal("TIMED_OUT");
    const go = hooked(
      hookAt("PRE_SCALE_UP", { timeoutConfiguration: { ...timeoutConfiguration, action: "CONTINUE" } }),
    );
    expect(advanced(begun(go), facts(go, { now: after(60) })).lifecycle?.stage).to.equal("SCALE_UP");
  });

  it("of each step of a shift are hooks of their own", () => {
    const configuration = hooked(
      { targetType: "PAUSE", lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"] },
      { strategy: "LINEAR", linearConfiguration: { stepPercent: 50, stepBakeTimeInMinutes: 0 } },
    );
    const first = at(configuration);
    const [{ id } = { id: "" }] = first.lifecycle!.hooks!;
    const second = run(first, facts(configuration, { actions: { [id]: "CONTINUE" } })).rollout;
    expect(second.lifecycle).to.deep.include({ stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", production: 50 });
    expect(second.lifecycle!.hooks![0]!.id).to.not.equal(id);
  });
});

describe("a shift that is taken back", () => {
  const shifting: Lifecycle = {
    strategy: "BLUE_GREEN",
    stage: "BAKE_TIME",
    since: start.toISOString(),
    source: BLUE,
    production: 100,
    test: 100,
  };
  const configuration: DeploymentConfiguration = {
    lifecycleHooks: [hookAt("PRODUCTION_TRAFFIC_SHIFT"), hookAt("TEST_TRAFFIC_SHIFT"), hookAt("POST_SCALE_UP")],
  };

  it("has all traffic where it was, and runs the hooks of both shifts", () => {
    const back = takenBack("x", shifting, configuration, start);
    expect(back).to.include({ production: 0, test: 0, source: BLUE, stage: "PRODUCTION_TRAFFIC_SHIFT" });
    expect(back.hooks?.map(({ stage }) => stage)).to.deep.equal(["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"]);
  });

  it("runs none where nothing was shifted, and is over with the last", () => {
    expect(takenBack("x", { ...shifting, production: 0, test: 0 }, configuration, start)).to.not.have.property("hooks");
    const rollout: Rollout = {
      ...begun({ strategy: "BLUE_GREEN" }),
      status: "ROLLBACK_IN_PROGRESS",
      lifecycle: takenBack("x", shifting, configuration, start),
    };
    expect(advanced(rollout, facts(configuration)).lifecycle?.stage).to.equal("PRODUCTION_TRAFFIC_SHIFT");
    const failed = answers(rollout, { hookStatus: "FAILED" });
    expect(advanced(rollout, facts(configuration, { answers: failed })).lifecycle?.stage).to.equal("CLEAN_UP");
  });
});
