import type { Identity } from "#lib/ecs/arns.ts";
import { unsupportedFeature } from "#lib/errors.ts";
import type { Setting, SettingName } from "#model/generated/types.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { checkSetting, SETTINGS } from "./rules.ts";

/** The one principal whose settings there are: callers are not authenticated. */
function rootArn({ accountId }: Identity): string {
  return `arn:aws:iam::${accountId}:root`;
}

/**
 * Checks that settings are asked for that there are: the account's.
 * @throws EcsError `UnsupportedFeatureException`
 */
export function checkPrincipal(principalArn: string | undefined, identity: Identity): void {
  if (principalArn === undefined || principalArn === rootArn(identity)) return;
  throw unsupportedFeature("principalArn: callers are not authenticated, so settings are the whole account's");
}

/** A setting as it is answered. */
export function settingOf(name: SettingName, value: string | undefined, identity: Identity): Setting {
  return {
    name,
    value: value ?? SETTINGS[name].default,
    principalArn: rootArn(identity),
    type: SETTINGS[name].readOnly === true ? "aws_managed" : "user",
  };
}

/** Keeps the value of a setting. @throws EcsError as {@link checkSetting}. */
export async function putSetting(name: SettingName, value: string, deps: Deps, call: Call): Promise<Setting> {
  checkSetting(name, value);
  await deps.accountSettings.put(name, value, call);
  return settingOf(name, value, deps.identity);
}
