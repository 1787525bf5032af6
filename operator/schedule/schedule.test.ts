import { expect } from "chai";
import * as fc from "fast-check";
import { timingHash } from "#lib/ecs/schedule/timing.ts";
import type {
  ECSCluster,
  ECSSchedule,
  ECSScheduleSpec,
  ECSScheduleStatus,
  ScheduleTarget,
} from "#model/generated/resources.generated.ts";
import { taskDefinition } from "../service/testing/fixtures.ts";
import { CATCH_UP_MAX, planOf, startsAt } from "./plan.ts";
import { failureOf, scheduleStatus, stalledStatus } from "./status.ts";
import { type Start, scheduledTasks } from "./tasks.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const created = "2026-11-25T10:00:00Z";
const at = (time: string): Date => new Date(`2026-11-25T${time}Z`);
const ms = (time: string): number => at(time).getTime();
const target: ScheduleTarget = { id: "job", runTask: { taskDefinition: "web", cluster: "shop" } };

function schedule(spec: Partial<ECSScheduleSpec> = {}, status?: Partial<ECSScheduleStatus>): ECSSchedule {
  const made: ECSSchedule = {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSSchedule",
    metadata: { name: "nightly", namespace: "kecs-system", uid: "uid-1", generation: 1, creationTimestamp: created },
    spec: { scheduleExpression: "rate(1 minute)", targets: [target], ...spec },
  };
  return status === undefined ? made : { ...made, status: { timing: timingHash(made), since: created, ...status } };
}

const times = (moments: readonly number[]): string[] =>
  moments.map((moment) => new Date(moment).toISOString().slice(11, 19));

describe("what a schedule asks for", () => {
  it("a new one counts from its creation: a rate of Scheduler at once, a rule's after its first interval", () => {
    expect(times(planOf(schedule(), at("10:00:05")).due)).to.deep.equal(["10:00:00"]);
    expect(planOf(schedule({ type: "RULE" }), at("10:00:05")).due).to.deep.equal([]);
    expect(times(planOf(schedule({ type: "RULE" }), at("10:01:00")).due)).to.deep.equal(["10:01:00"]);
  });

  it("each moment is due until the status says that it was seen to", () => {
    const seen = schedule({}, { lastScheduleTime: "2026-11-25T10:03:00.000Z" });
    const plan = planOf(seen, at("10:05:30"));
    expect(times(plan.due)).to.deep.equal(["10:04:00", "10:05:00"]);
    expect(times([plan.nextMs!])).to.deep.equal(["10:06:00"]);
    expect(plan.missed).to.equal(0);
  });

  it("of many that nobody saw to the latest are made up for, none that is too old", () => {
    const plan = planOf(schedule({}, { lastScheduleTime: created }), at("12:00:00"));
    expect(plan.due).to.have.length(CATCH_UP_MAX);
    expect(times(plan.due).at(-1)).to.equal("12:00:00");
    expect(plan.missed).to.equal(120 - CATCH_UP_MAX);
    const impatient = { ...target, retryPolicy: { maximumEventAgeInSeconds: 120 } };
    const late = planOf(schedule({ targets: [impatient] }, { lastScheduleTime: created }), at("12:00:30"));
    expect(times(late.due)).to.deep.equal(["11:59:00", "12:00:00"]);
  });

  it("one that was changed counts from now, and one that is disabled asks for nothing", () => {
    const changed = schedule({ scheduleExpression: "cron(0 9 * * ? *)" }, { timing: "another" });
    const plan = planOf(changed, at("11:00:00"));
    expect(plan.due).to.deep.equal([]);
    expect(plan.sinceMs).to.equal(ms("11:00:00"));
    expect(new Date(plan.nextMs!).toISOString()).to.equal("2026-11-26T09:00:00.000Z");
    const disabled = planOf(schedule({ state: "DISABLED" }, {}), at("11:00:00"));
    expect(disabled).to.deep.include({ due: [], missed: 0 });
    expect(disabled).to.not.have.property("nextMs");
  });

  it("in a flexible window a moment is due at one point that is always the same", () => {
    const flexible = schedule({
      scheduleExpression: "cron(0 12 * * ? *)",
      flexibleTimeWindow: { mode: "FLEXIBLE", maximumWindowInMinutes: 15 },
    });
    const point = startsAt(flexible, ms("12:00:00"));
    expect(point).to.be.within(ms("12:00:00"), ms("12:15:00") - 1);
    expect(planOf(flexible, new Date(point - 1)).due).to.deep.equal([]);
    expect(planOf(flexible, new Date(point)).due).to.deep.equal([ms("12:00:00")]);
  });

  it("however often and late it is looked at, every moment is due exactly once", () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pauses, (seconds) => {
        let now = ms("10:00:00");
        let status: Partial<ECSScheduleStatus> = {};
        const started: number[] = [];
        for (const pause of seconds) {
          now += pause * 1000;
          for (;;) {
            const [due] = planOf(schedule({}, status), new Date(now)).due;
            if (due === undefined) break;
            started.push(due);
            status = { lastScheduleTime: new Date(due).toISOString() };
          }
        }
        const count = Math.floor((now - ms("10:00:00")) / 60_000) + 1;
        expect(started).to.deep.equal(Array.from({ length: count }, (_, index) => ms("10:00:00") + index * 60_000));
      }),
    );
  });
});

describe("the tasks of a schedule", () => {
  const cluster: ECSCluster = {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSCluster",
    metadata: { name: "shop", uid: "c" },
    spec: {},
  };
  const definition = {
    resource: taskDefinition(7, { tags: [{ key: "of", value: "definition" }] }),
    revision: 7,
    arn: "",
  };
  const found = { cluster, clusterName: "shop", namespace: "ecs-shop", definition };
  const tasks = (one: ECSSchedule, start: Partial<Start> = {}) =>
    scheduledTasks(one, { target, momentMs: ms("10:00:00"), attempt: 1, ...start }, found, identity);

  it("have ids that follow from schedule, target and moment alone", () => {
    const ids = (start?: Partial<Start>): string[] => tasks(schedule(), start).map(({ metadata }) => metadata.name!);
    expect(ids()).to.deep.equal(ids({ attempt: 3 }));
    const several = { ...target, runTask: { ...target.runTask, count: 3 } };
    const all = [
      ...ids({ target: several }),
      ...ids({ momentMs: ms("10:01:00") }),
      ...ids({ target: { ...target, id: "other" } }),
    ];
    expect(new Set(all).size).to.equal(5);
    expect(all.every((id) => /^[0-9a-f]{32}$/.test(id))).to.equal(true);
  });

  it("say who started them, for when, and run the revision of that time", () => {
    const [task] = tasks(schedule());
    expect(task!.metadata).to.deep.include({ namespace: "ecs-shop" });
    expect(task!.metadata.annotations).to.include({
      "kecs.io/schedule": "kecs-system/nightly",
      "kecs.io/scheduled-time": "2026-11-25T10:00:00.000Z",
    });
    expect(task!.spec).to.deep.equal({
      cluster: "shop",
      taskDefinition: "web:7",
      group: "family:web",
      startedBy: "chronos-schedule/nightly",
    });
    const named = schedule({ type: "RULE", name: "a.rule-with-a-name-of-more-than-36-characters" });
    expect(tasks(named)[0]!.spec.startedBy).to.equal("events-rule/a-rule-with-a-name-of-mo");
  });

  it("take overrides from the input, with the attributes of the schedule in it, and tags", () => {
    const input = JSON.stringify({
      containerOverrides: [
        { name: "web", command: ["<aws.scheduler.scheduled-time>", "<aws.scheduler.attempt-number>"] },
      ],
    });
    const runTask = { ...target.runTask, propagateTags: "TASK_DEFINITION", enableECSManagedTags: true } as const;
    const [task] = tasks(schedule(), { target: { id: "job", input, runTask }, attempt: 2 });
    expect(task!.spec.overrides?.containerOverrides?.[0]?.command).to.deep.equal(["2026-11-25T10:00:00Z", "2"]);
    expect(task!.spec.tags).to.deep.equal([
      { key: "of", value: "definition" },
      { key: "aws:ecs:clusterName", value: "shop" },
    ]);
  });
});

describe("the status of a schedule", () => {
  it("is the same for the same facts, and says what comes next", () => {
    const now = at("10:02:10");
    const first = scheduleStatus(
      schedule(),
      planOf(schedule(), now),
      { seenToMs: ms("10:02:00"), failures: [] },
      { identity, now },
    );
    const written = { ...schedule(), status: first };
    const again = scheduleStatus(written, planOf(written, now), { failures: [] }, { identity, now: at("10:02:20") });
    expect(again).to.deep.equal(first);
    expect(first).to.include({
      arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly",
      lastScheduleTime: "2026-11-25T10:02:00.000Z",
      nextScheduleTime: "2026-11-25T10:03:00.000Z",
    });
    expect(first.conditions?.[0]).to.include({ type: "Ready", status: "True", reason: "Waiting" });
  });

  it("one that could not work does not make up for what passed meanwhile", () => {
    const worked = schedule({}, { lastScheduleTime: "2026-11-25T10:01:00.000Z" });
    const conflict = { reason: "NameConflict", message: "taken" };
    const stalled = { ...worked, status: stalledStatus(worked, conflict, at("10:02:00")) };
    expect(stalled.status).to.include({ lastScheduleTime: "2026-11-25T10:01:00.000Z" });
    expect(stalled.status.conditions?.[0]).to.include({ type: "Ready", status: "False", reason: "NameConflict" });
    const plan = planOf(stalled, at("11:00:00"));
    expect(plan).to.deep.include({ due: [ms("11:00:00")], missed: 0, sinceMs: ms("11:00:00") });
    expect(planOf({ ...stalled, spec: { ...stalled.spec, type: "RULE" } }, at("11:00:00")).due).to.deep.equal([]);
  });

  it("a start that fails is tried again, later and later, as far as its retry policy goes", () => {
    const patient = (attempts: number, now = at("10:00:00")) =>
      failureOf(target, ms("10:00:00"), attempts, { message: "no", now });
    expect(patient(1)?.nextAttemptAt).to.equal("2026-11-25T10:00:01.000Z");
    expect(patient(4)?.nextAttemptAt).to.equal("2026-11-25T10:00:08.000Z");
    expect(patient(50)?.nextAttemptAt).to.equal("2026-11-25T10:05:00.000Z");
    expect(patient(186)).to.equal(undefined);
    const impatient = { ...target, retryPolicy: { maximumRetryAttempts: 0 } };
    expect(failureOf(impatient, ms("10:00:00"), 1, { message: "no", now: at("10:00:00") })).to.equal(undefined);
    const brief = { ...target, retryPolicy: { maximumEventAgeInSeconds: 60 } };
    expect(failureOf(brief, ms("10:00:00"), 1, { message: "no", now: at("10:01:00") })).to.equal(undefined);
  });
});
