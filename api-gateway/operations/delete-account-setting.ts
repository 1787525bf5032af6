import { checkPrincipal, settingOf } from "../account-settings/settings.ts";
import type { Handler } from "../operation.ts";

/**
 * Returns an account setting to its default.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAccountSetting.html
 */
export const deleteAccountSetting: Handler<"DeleteAccountSetting"> = async (input, deps, call) => {
  checkPrincipal(input.principalArn, deps.identity);
  await deps.accountSettings.put(input.name, undefined, call);
  return { setting: settingOf(input.name, undefined, deps.identity) };
};
