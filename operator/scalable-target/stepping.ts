import { alarmNameOf } from "#lib/ecs/alarm.ts";
import { type StepScalingPolicy, stepScalingPolicies } from "#lib/ecs/scaling/policies.ts";
import type { ECSAlarm, PolicyAlarm, PolicyStep } from "#model/generated/resources.generated.ts";
import type { Bounds } from "./capacity.ts";
import type { ScalableTargetState } from "./state.ts";
import { adjusted, breachOf, stepFor } from "./step.ts";

/** An alarm that stays in ALARM invokes its actions as often. */
const INVOKED_EVERY_MS = 60_000;
/** Seconds, unless a policy says. */
const COOLDOWN = 300;

/** What the alarms of a scalable target's step scaling policies come to. */
export interface Stepping {
  readonly alarms: PolicyAlarm[];
  /** The change that is to be made. */
  readonly step?: PolicyStep;
  /** Policies that were invoked and have no adjustment for what their alarm says. */
  readonly failed: readonly Failed[];
  /** After how many milliseconds an alarm invokes its policy again, if nothing changes until then. */
  readonly againInMs?: number;
}

interface Failed {
  readonly cause: string;
  readonly what: string;
}

interface Invocation {
  readonly policy: StepScalingPolicy;
  readonly alarm: ECSAlarm;
}

/**
 * What to do about the alarms that are in ALARM: a policy is invoked when its alarm goes there, and every minute while
 * it stays. Of several policies the one with the most tasks has its way.
 * @see https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
 */
export function stepping(state: ScalableTargetState, bounds: Bounds, now: Date): Stepping {
  const { alarms: before = [] } = state.target.status ?? {};
  const linked = linkedAlarms(state).map((each) => {
    const { policyName } = each.policy;
    const alarmName = alarmNameOf(each.alarm);
    const known = before.find((other) => other.policyName === policyName && other.alarmName === alarmName);
    const raised = each.alarm.spec.state === "ALARM";
    const dueAt = known?.invokedAt === undefined ? now.getTime() : Date.parse(known.invokedAt) + INVOKED_EVERY_MS;
    const due = raised && dueAt <= now.getTime();
    const invokedAt = due ? now.toISOString() : raised ? known?.invokedAt : undefined;
    const entry: PolicyAlarm = { policyName, alarmName, ...(invokedAt !== undefined && { invokedAt }) };
    return { ...each, entry, due, isNew: due && known?.invokedAt === undefined };
  });
  const due = linked.filter((each) => each.due);
  const steps = due.flatMap((each) => stepOf(each, state, bounds, now));
  const next = linked.flatMap(({ entry }) => (entry.invokedAt === undefined ? [] : Date.parse(entry.invokedAt)));
  const [step] = steps.sort((a, b) => b.to - a.to);
  return {
    alarms: linked.map(({ entry }) => entry),
    ...(step && { step }),
    failed: due.filter((each) => each.isNew).flatMap(failureOf),
    ...(next.length > 0 && { againInMs: Math.max(0, Math.min(...next) + INVOKED_EVERY_MS - now.getTime()) }),
  };
}

function linkedAlarms({ target, alarms = [] }: ScalableTargetState): Invocation[] {
  const policies = stepScalingPolicies(target.spec.policies);
  return alarms.flatMap(({ policyName, alarm }) => {
    const policy = policies.find((each) => each.policyName === policyName);
    return policy === undefined ? [] : [{ policy, alarm }];
  });
}

const causeOf = ({ policy, alarm }: Invocation): string =>
  `monitor alarm ${alarmNameOf(alarm)} in state ALARM triggered policy ${policy.policyName}`;

function adjustmentOf({ policy, alarm }: Invocation) {
  const configuration = policy.stepScalingPolicyConfiguration;
  return stepFor(breachOf(alarm, configuration), configuration, alarm.spec.comparisonOperator);
}

function failureOf(invocation: Invocation): Failed[] {
  if (adjustmentOf(invocation) !== undefined) return [];
  const breach = breachOf(invocation.alarm, invocation.policy.stepScalingPolicyConfiguration);
  const what = `No step adjustment found for a metric ${Math.abs(breach)} ${breach < 0 ? "below" : "above"} the alarm's threshold.`;
  return [{ cause: causeOf(invocation), what }];
}

/**
 * The change that an invocation asks for, if it does. During the cooldown after scaling out the tasks that were added
 * count as part of what a larger step adds, and nothing is scaled in.
 */
function stepOf(
  invocation: Invocation,
  { target, service }: ScalableTargetState,
  bounds: Bounds,
  now: Date,
): PolicyStep[] {
  const { policyName, stepScalingPolicyConfiguration: configuration } = invocation.policy;
  const count = service?.spec.desiredCount;
  const adjustment = adjustmentOf(invocation);
  if (count === undefined || adjustment === undefined) return [];
  const last = target.status?.steps?.find((each) => each.policyName === policyName);
  const cools = last !== undefined && isWithin(last, configuration.cooldown, now);
  const base = cools && last.to > last.from ? Math.min(last.from, count) : count;
  const to = adjusted(base, adjustment, configuration, bounds);
  const { dynamicScalingInSuspended: keepsIn, dynamicScalingOutSuspended: keepsOut } = target.spec.suspendedState ?? {};
  const scalesOut = to > base;
  const allowed = scalesOut ? to > count && keepsOut !== true : to < count && !cools && keepsIn !== true;
  return allowed ? [{ policyName, from: base, to, at: now.toISOString(), cause: causeOf(invocation) }] : [];
}

const isWithin = ({ at }: PolicyStep, cooldownSeconds = COOLDOWN, now: Date): boolean =>
  Date.parse(at) + cooldownSeconds * 1000 > now.getTime();
