import type { ECSSchedule } from "#model/generated/resources.generated.ts";
import type { DescribeRuleResponse, Target } from "#model/generated/events/types.generated.ts";
import type { GetScheduleOutput } from "#model/generated/scheduler/types.generated.ts";
import type { Identity } from "../arns.ts";
import { eventsTarget, schedulerTarget } from "../schedule/ecs-parameters.ts";
import { isRule, scheduleNameOf } from "../schedule/timing.ts";

/** Group and event bus that everything is in: there are no others. */
export const DEFAULT_GROUP = "default";

/** A rule as EventBridge shows it, with its targets. */
export interface RuleWithTargets {
  readonly rule: DescribeRuleResponse & { readonly Name: string; readonly Arn: string };
  readonly targets: readonly Target[];
}

/** `arn:aws:scheduler:<region>:<account>:schedule/default/<name>`, or of a rule `arn:aws:events:…:rule/<name>`. */
export function scheduleArn(schedule: ECSSchedule, { region, accountId }: Identity): string {
  const name = scheduleNameOf(schedule);
  return isRule(schedule)
    ? `arn:aws:events:${region}:${accountId}:rule/${name}`
    : `arn:aws:scheduler:${region}:${accountId}:schedule/${DEFAULT_GROUP}/${name}`;
}

/**
 * An ECSSchedule as GetSchedule shows it.
 * @param cluster ECS name of the cluster that a target is in which names none
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
 */
export function describeSchedule(schedule: ECSSchedule, identity: Identity, cluster: string): GetScheduleOutput {
  const { spec, metadata, status } = schedule;
  const [target] = spec.targets ?? [];
  const { mode = "OFF", maximumWindowInMinutes } = spec.flexibleTimeWindow ?? {};
  const created = seconds(metadata.creationTimestamp) ?? 0;
  return {
    Arn: scheduleArn(schedule, identity),
    GroupName: DEFAULT_GROUP,
    Name: scheduleNameOf(schedule),
    ScheduleExpression: spec.scheduleExpression,
    ScheduleExpressionTimezone: spec.scheduleExpressionTimezone ?? "UTC",
    State: spec.state ?? "ENABLED",
    FlexibleTimeWindow: {
      Mode: mode,
      ...(maximumWindowInMinutes !== undefined && { MaximumWindowInMinutes: maximumWindowInMinutes }),
    },
    ActionAfterCompletion: spec.actionAfterCompletion ?? "NONE",
    ...optional("Description", spec.description),
    ...optional("StartDate", seconds(spec.startDate)),
    ...optional("EndDate", seconds(spec.endDate)),
    ...(target && { Target: schedulerTarget(target, cluster, identity) }),
    CreationDate: created,
    LastModificationDate: seconds(status?.since) ?? created,
  };
}

/**
 * An ECSSchedule of the type RULE as DescribeRule and ListTargetsByRule show it.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html
 */
export function describeRule(schedule: ECSSchedule, identity: Identity, cluster: string): RuleWithTargets {
  const { spec } = schedule;
  return {
    rule: {
      Name: scheduleNameOf(schedule),
      Arn: scheduleArn(schedule, identity),
      ScheduleExpression: spec.scheduleExpression,
      State: spec.state ?? "ENABLED",
      ...optional("Description", spec.description),
      ...optional("RoleArn", spec.roleArn),
      EventBusName: DEFAULT_GROUP,
      CreatedBy: identity.accountId,
    },
    targets: (spec.targets ?? []).map((target) => eventsTarget(target, cluster, identity)),
  };
}

function optional<K extends string, T>(name: K, value: T | undefined): { [Name in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [Name in K]?: T });
}

function seconds(time: string | undefined): number | undefined {
  const milliseconds = Date.parse(time ?? "");
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}
