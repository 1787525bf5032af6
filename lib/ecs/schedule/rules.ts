import type { ECSSchedule, ScheduleTarget } from "#model/generated/resources.generated.ts";
import type { TaskOverride } from "#model/generated/types.generated.ts";
import { parseTaskDefinition } from "../arns.ts";
import { placementProblems } from "../placement/rules.ts";
import { describeUnsupported } from "../supported-service.ts";
import { unsupportedTaskMembers } from "../supported-task.ts";
import { ScheduleExpressionError } from "./cron-field.ts";
import { parseExpression } from "./expression.ts";
import { isTimeZone } from "./zone.ts";

type Spec = Pick<
  ECSSchedule["spec"],
  "scheduleExpression" | "scheduleExpressionTimezone" | "startDate" | "endDate" | "targets"
>;

/** What is wrong with a schedule, in sentences; empty where it can do what it says. Both doors ask. */
export function scheduleProblems(spec: Spec): string[] {
  return [...timeProblems(spec), ...(spec.targets ?? []).flatMap(targetProblems)];
}

function timeProblems({ scheduleExpression, scheduleExpressionTimezone: zone, startDate, endDate }: Spec): string[] {
  return [
    ...expressionProblems(scheduleExpression),
    ...(zone === undefined || isTimeZone(zone) ? [] : [`Invalid Schedule Expression Timezone: ${zone}.`]),
    ...(startDate !== undefined && endDate !== undefined && Date.parse(startDate) > Date.parse(endDate)
      ? ["The StartDate must be before the EndDate."]
      : []),
  ];
}

/** What is wrong with a schedule expression. */
export function expressionProblems(expression: string): string[] {
  try {
    parseExpression(expression);
    return [];
  } catch (error) {
    if (!(error instanceof ScheduleExpressionError)) throw error;
    return [`Invalid Schedule Expression ${expression}. ${error.message}`];
  }
}

function targetProblems(target: ScheduleTarget): string[] {
  const { id, runTask } = target;
  const unsupported = unsupportedTaskMembers(overriding(target));
  return [
    ...inputProblems(target),
    ...(unsupported.length > 0 ? [describeUnsupported(unsupported)] : []),
    ...(parseTaskDefinition(runTask.taskDefinition) ? [] : [`${runTask.taskDefinition} is no task definition.`]),
    ...(runTask.group?.startsWith("service:") === true ? ["Invalid namespace for group."] : []),
    ...(runTask.propagateTags === "SERVICE" ? ["propagateTags can only be TASK_DEFINITION."] : []),
    ...placementProblems(runTask, runTask.launchType),
  ].map((problem) => `Target ${id}: ${problem}`);
}

function overriding({ input, runTask }: ScheduleTarget): ScheduleTarget["runTask"] {
  const overrides = input === undefined ? runTask.overrides : overridesOf(input);
  return { ...runTask, ...(overrides && { overrides }) };
}

function inputProblems({ input }: ScheduleTarget): string[] {
  return input === undefined || overridesOf(input) !== undefined ? [] : ["Its Input is no JSON object."];
}

/** The overrides that an input means; undefined where it is no JSON object. */
export function overridesOf(input: string): TaskOverride | undefined {
  try {
    const parsed: unknown = JSON.parse(input);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
