import { assert } from "chai";
import { checkSetting, SETTINGS } from "./rules.ts";

describe("account settings", () => {
  it("take what acts, and their defaults", () => {
    checkSetting("containerInsights", "enhanced");
    for (const [name, { default: usual, readOnly }] of Object.entries(SETTINGS)) {
      if (readOnly !== true) checkSetting(name as keyof typeof SETTINGS, usual);
    }
  });

  it("refuse by name what would have no effect, and what ECS does not take", () => {
    assert.throws(() => checkSetting("awsvpcTrunking", "enabled"), /^awsvpcTrunking: .*use disabled/);
    assert.throws(() => checkSetting("serviceLongArnFormat", "disabled"), /Valid values are: enabled\./);
    assert.throws(() => checkSetting("containerInsights", "on"), /disabled, enabled, enhanced/);
    assert.throws(() => checkSetting("guardDutyActivate", "on"), /managed by AWS/);
  });
});
