import { expect } from "chai";
import type { Target as EventsTarget } from "#model/generated/events/types.generated.ts";
import type { ECSSchedule } from "#model/generated/resources.generated.ts";
import type { Target as SchedulerTarget } from "#model/generated/scheduler/types.generated.ts";
import { scheduleTarget } from "../schedule/ecs-parameters.ts";
import { scheduleProblems } from "../schedule/rules.ts";
import { describeRule, describeSchedule } from "./schedule.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const Arn = "arn:aws:ecs:us-east-1:000000000000:cluster/shop";

function schedule(spec: ECSSchedule["spec"]): ECSSchedule {
  const metadata = { name: "nightly", namespace: "ecs-shop", creationTimestamp: "2026-11-25T10:00:00Z" };
  return { apiVersion: "ecs.kecs.io/v1alpha1", kind: "ECSSchedule", metadata, spec };
}

/** All that can be said of tasks. */
const parameters = {
  TaskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
  TaskCount: 2,
  LaunchType: "FARGATE",
  NetworkConfiguration: {
    awsvpcConfiguration: { Subnets: ["a"], SecurityGroups: ["b"], AssignPublicIp: "ENABLED" },
  },
  PlatformVersion: "1.4.0",
  Group: "night",
  EnableECSManagedTags: true,
  EnableExecuteCommand: true,
  PlacementConstraints: [{ type: "distinctInstance" }],
  PlacementStrategy: [{ type: "spread", field: "instanceId" }],
  PropagateTags: "TASK_DEFINITION",
  ReferenceId: "r",
} as const;

describe("schedules as AWS shows them", () => {
  it("targets come back from the resource as they were written", () => {
    const ofRule = {
      Id: "job",
      Arn,
      RoleArn: "role",
      Input: '{"containerOverrides": []}',
      RetryPolicy: { MaximumEventAgeInSeconds: 60 },
      EcsParameters: { ...parameters, Tags: [{ Key: "k", Value: "v" }] },
    } as unknown as EventsTarget;
    const rule = schedule({
      type: "RULE",
      scheduleExpression: "rate(1 hour)",
      targets: [scheduleTarget("job", ofRule)],
    });
    expect(describeRule(rule, identity, "shop").targets).to.deep.equal([ofRule]);
    const { Id: _, ...rest } = ofRule;
    const ofSchedule = {
      ...rest,
      RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 1 },
      EcsParameters: { ...parameters, Tags: [{ key: "k", value: "v" }] },
    } as unknown as SchedulerTarget;
    const made = schedule({ scheduleExpression: "rate(1 hour)", targets: [scheduleTarget("t", ofSchedule)] });
    expect(describeSchedule(made, identity, "shop").Target).to.deep.equal(ofSchedule);
  });

  it("one that says little is shown with AWS's defaults, in its namespace's cluster", () => {
    const made = schedule({
      scheduleExpression: "rate(1 hour)",
      targets: [{ id: "t", runTask: { taskDefinition: "web" } }],
    });
    expect(describeSchedule(made, identity, "shop")).to.deep.include({
      Arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly",
      GroupName: "default",
      State: "ENABLED",
      ScheduleExpressionTimezone: "UTC",
      FlexibleTimeWindow: { Mode: "OFF" },
      CreationDate: Date.parse("2026-11-25T10:00:00Z") / 1000,
    });
    expect(describeSchedule(made, identity, "shop").Target).to.include({ Arn });
  });
});

describe("what is wrong with a schedule", () => {
  const run = { taskDefinition: "web" };
  const cases: [words: RegExp, spec: ECSSchedule["spec"]][] = [
    [/Invalid Schedule Expression every day/, { scheduleExpression: "every day" }],
    [/Timezone: Mars/, { scheduleExpression: "rate(1 day)", scheduleExpressionTimezone: "Mars" }],
    [
      /StartDate must be before/,
      { scheduleExpression: "rate(1 day)", startDate: "2027-01-01T00:00:00Z", endDate: "2026-01-01T00:00:00Z" },
    ],
    [/Target a: Its Input/, { scheduleExpression: "rate(1 day)", targets: [{ id: "a", input: "[]", runTask: run }] }],
    [
      /no task definition/,
      { scheduleExpression: "rate(1 day)", targets: [{ id: "a", runTask: { taskDefinition: "a b" } }] },
    ],
    [
      /Invalid namespace/,
      { scheduleExpression: "rate(1 day)", targets: [{ id: "a", runTask: { ...run, group: "service:x" } }] },
    ],
    [
      /overrides/,
      {
        scheduleExpression: "rate(1 day)",
        targets: [{ id: "a", input: '{"inferenceAcceleratorOverrides":[{"deviceName":"x"}]}', runTask: run }],
      },
    ],
  ];
  for (const [words, spec] of cases) {
    it(`is told: ${words.source}`, () => {
      expect(scheduleProblems(spec).join(" ")).to.match(words);
    });
  }

  it("is nothing of one that can work", () => {
    expect(scheduleProblems({ scheduleExpression: "rate(1 day)", targets: [{ id: "a", runTask: run }] })).to.deep.equal(
      [],
    );
  });
});
