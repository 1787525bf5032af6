import { scheduleArn } from "#lib/ecs/describe/schedule.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import type { ECSSchedule, ECSScheduleSpec } from "#model/generated/resources.generated.ts";
import type { PutRuleRequest } from "#model/generated/events/types.generated.ts";
import { checkSchedule, createSchedule, newSchedule, updateSchedule } from "../../schedules/schedule-resource.ts";
import type { Call, Deps } from "../../operation.ts";
import type { EventsHandler } from "../operation.ts";
import { checkBus, ecsTags } from "../rule.ts";

/**
 * Makes a rule with a schedule, or replaces one but for its targets and tags.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
export const putRule: EventsHandler<"PutRule"> = async (input, deps, call) => {
  checkBus(input.EventBusName);
  const spec = ruleSpec(input);
  checkSchedule(spec);
  const found = await deps.queries.rule(input.Name);
  if (found !== undefined) {
    await updateSchedule(found.ref, (current) => replaced(current, spec), deps, call);
    return { RuleArn: found.doc.rule.Arn };
  }
  return { RuleArn: scheduleArn(await create(input, spec, deps, call), deps.identity) };
};

async function create(input: PutRuleRequest, spec: ECSScheduleSpec, deps: Deps, call: Call): Promise<ECSSchedule> {
  const tags = ecsTags(input.Tags ?? []);
  const members = { ...spec, name: input.Name, type: "RULE", ...(tags.length > 0 && { tags }) } as const;
  const rule = newSchedule(members, deps, call);
  try {
    return await createSchedule(rule, deps, call);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    // Another call was first: this one replaces what that made.
    const { name = "", namespace = "" } = rule.metadata;
    const ref = { name, namespace, uid: "", resourceVersion: "", deleted: false };
    return updateSchedule(ref, (current) => replaced(current, spec), deps, call);
  }
}

function replaced({ spec: { name, type, targets, tags } }: ECSSchedule, wanted: ECSScheduleSpec): ECSScheduleSpec {
  return {
    ...wanted,
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    ...(targets && { targets }),
    ...(tags && { tags }),
  };
}

function ruleSpec({ ScheduleExpression, EventPattern, State, Description, RoleArn }: PutRuleRequest): ECSScheduleSpec {
  if (EventPattern !== undefined && EventPattern !== "") {
    throw unsupportedFeature("KECS does not support EventPattern: rules can have a ScheduleExpression only.");
  }
  if (ScheduleExpression === undefined || ScheduleExpression === "") {
    throw invalidParameter("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (ScheduleExpression.startsWith("at(")) throw invalidParameter("Parameter ScheduleExpression is not valid.");
  if (State === "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") {
    throw unsupportedFeature(`KECS does not support the state ${State} of rules.`);
  }
  return {
    scheduleExpression: ScheduleExpression,
    state: State ?? "ENABLED",
    ...(Description !== undefined && { description: Description }),
    ...(RoleArn !== undefined && { roleArn: RoleArn }),
  };
}
