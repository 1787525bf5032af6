import { checkPrincipal, putSetting } from "../account-settings/settings.ts";
import type { Handler } from "../operation.ts";

/**
 * Changes an account setting, for all callers.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSetting.html
 */
export const putAccountSetting: Handler<"PutAccountSetting"> = async (input, deps, call) => {
  checkPrincipal(input.principalArn, deps.identity);
  return { setting: await putSetting(input.name, input.value, deps, call) };
};
