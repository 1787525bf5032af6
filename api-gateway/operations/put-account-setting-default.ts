import { putSetting } from "../account-settings/settings.ts";
import type { Handler } from "../operation.ts";

/**
 * Changes an account setting, for all callers.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSettingDefault.html
 */
export const putAccountSettingDefault: Handler<"PutAccountSettingDefault"> = async (input, deps, call) => ({
  setting: await putSetting(input.name, input.value, deps, call),
});
