import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type { SettingName } from "#model/generated/types.generated.ts";

interface SettingRule {
  /** The value while nothing else is set. */
  readonly default: string;
  /** Other values that act. */
  readonly acts?: readonly string[];
  /** Values that ECS takes and that have no effect here, and why. */
  readonly refused?: readonly string[];
  readonly why?: string;
  /** Nobody can change it. */
  readonly readOnly?: boolean;
}

const LONG_ARNS: SettingRule = { default: "enabled" };

/**
 * The account settings, and which of their values act here.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html
 */
export const SETTINGS: Readonly<Record<SettingName, SettingRule>> = {
  serviceLongArnFormat: LONG_ARNS,
  taskLongArnFormat: LONG_ARNS,
  containerInstanceLongArnFormat: LONG_ARNS,
  awsvpcTrunking: {
    default: "disabled",
    refused: ["enabled"],
    why: "how many tasks with addresses of their own a node takes is the cluster network's to say",
  },
  containerInsights: { default: "disabled", acts: ["enabled", "enhanced"] },
  fargateFIPSMode: { default: "disabled", refused: ["enabled"], why: "the nodes' cryptography is not KECS's" },
  tagResourceAuthorization: { default: "off", refused: ["on"], why: "KECS authorizes no callers" },
  fargateTaskRetirementWaitPeriod: { default: "7", refused: ["0", "14"], why: "KECS retires no tasks" },
  guardDutyActivate: { default: "off", readOnly: true },
  defaultLogDriverMode: {
    default: "non-blocking",
    refused: ["blocking"],
    why: "containers never wait until their output is read",
  },
  fargateEventWindows: { default: "disabled", refused: ["enabled"], why: "KECS retires no tasks" },
};

/**
 * Checks that a setting can have a value.
 * @throws EcsError `InvalidParameterException` for what ECS would not take, `UnsupportedFeatureException` for what would
 *   have no effect.
 */
export function checkSetting(name: SettingName, value: string): void {
  const { default: usual, acts = [], refused = [], why = "", readOnly } = SETTINGS[name];
  if (readOnly === true) throw invalidParameter(`The account setting ${name} is managed by AWS and can't be changed.`);
  if (refused.includes(value)) throw unsupportedFeature(`${name}: ${why}; use ${usual}`);
  if (value === usual || acts.includes(value)) return;
  const values = [usual, ...acts, ...refused].join(", ");
  throw invalidParameter(`Invalid value for account setting ${name}. Valid values are: ${values}.`);
}
