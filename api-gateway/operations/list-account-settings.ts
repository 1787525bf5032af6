import { invalidParameter } from "#lib/errors.ts";
import type { SettingName } from "#model/generated/types.generated.ts";
import { SETTINGS } from "../account-settings/rules.ts";
import { checkPrincipal, settingOf } from "../account-settings/settings.ts";
import { pageOf } from "../common/page.ts";
import type { Handler } from "../operation.ts";

const PAGE_SIZE = 10;

/**
 * Lists the account settings that were put, or with `effectiveSettings` all as they hold.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html
 */
export const listAccountSettings: Handler<"ListAccountSettings"> = async (input, deps, call) => {
  const { name, value, principalArn, effectiveSettings } = input;
  checkPrincipal(principalArn, deps.identity);
  if (value !== undefined && name === undefined) {
    throw invalidParameter("An account setting name must be specified to filter by value.");
  }
  const put = await deps.accountSettings.list(call);
  const all = (Object.keys(SETTINGS) as SettingName[]).sort();
  const settings = all
    .filter((each) => (name === undefined || each === name) && (effectiveSettings === true || put.has(each)))
    .map((each) => settingOf(each, put.get(each), deps.identity))
    .filter((setting) => value === undefined || setting.value === value);
  const { entries, ...next } = await pageOf("ListAccountSettings", input, PAGE_SIZE, async ({ after, limit }) =>
    settings
      .flatMap((setting) => setting.name ?? [])
      .filter((each) => after === undefined || each > after)
      .slice(0, limit),
  );
  return { settings: settings.filter((setting) => entries.includes(setting.name ?? "")), ...next };
};
