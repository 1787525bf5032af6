import { assert } from "chai";
import { statisticsOf, withFields } from "./cluster-answer.ts";
import { checkCapacityProviders, checkSettings, mergedSettings } from "./cluster-checks.ts";
import { withoutTags, withTags } from "../common/tags.ts";

describe("clusters", () => {
  it("take the capacity providers that are there, and strategies of those", () => {
    checkCapacityProviders([], []);
    checkCapacityProviders(["FARGATE", "FARGATE_SPOT"], [{ capacityProvider: "FARGATE", weight: 1 }]);
    checkCapacityProviders(["own"], [{ capacityProvider: "mine", weight: 1 }], ["mine"]);
    const many = Array.from({ length: 21 }, (_, index) => `p${index}`);
    assert.throws(() => checkCapacityProviders(many, []), /maximum number/);
    assert.throws(() => checkCapacityProviders(["FARGATE", "FARGATE"], []), /duplicates/);
    assert.throws(() => checkCapacityProviders([], [{ capacityProvider: "FARGATE" }]), /not associated/);
  });

  it("take settings by name, the latter over the former", () => {
    checkSettings([{ name: "containerInsights", value: "enhanced" }]);
    assert.throws(() => checkSettings([{ name: "containerInsights", value: "on" }]), /disabled, enabled, enhanced/);
    assert.throws(() => checkSettings([{ value: "enabled" }]), /name/);
    const enabled = [{ name: "containerInsights" as const, value: "enabled" }];
    assert.deepEqual(mergedSettings([{ name: "containerInsights", value: "disabled" }], enabled), enabled);
  });

  it("show what include asks for", () => {
    const cluster = {
      clusterName: "c",
      tags: [{ key: "a" }],
      settings: [{ name: "containerInsights" as const }],
      configuration: {},
      attachments: [],
      attachmentsStatus: "UPDATE_COMPLETE",
    };
    assert.deepEqual(withFields(cluster, []), { clusterName: "c", tags: [], settings: [], statistics: [] });
    const whole = withFields(cluster, ["TAGS", "SETTINGS", "CONFIGURATIONS", "ATTACHMENTS", "STATISTICS"]);
    assert.deepEqual(whole, { ...cluster, statistics: [] });
  });

  it("count by launch type, zeros included", () => {
    const counts = { cluster: "c", launchType: "FARGATE", runningTasks: 2, pendingTasks: 0 };
    const statistics = statisticsOf([{ ...counts, activeServices: 1, drainingServices: 0 }]);
    assert.lengthOf(statistics, 12);
    assert.deepInclude(statistics, { name: "runningFargateTasksCount", value: "2" });
    assert.deepInclude(statistics, { name: "activeFargateServiceCount", value: "1" });
    assert.deepInclude(statistics, { name: "runningEC2TasksCount", value: "0" });
  });
});

describe("tags", () => {
  it("are added by key, up to 50 besides the managed ones", () => {
    assert.deepEqual(withTags([{ key: "a", value: "1" }, { key: "b" }], [{ key: "a", value: "2" }]), [
      { key: "a", value: "2" },
      { key: "b" },
    ]);
    const many = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}` }));
    assert.lengthOf(withTags(many, [{ key: "k0", value: "new" }, { key: "aws:ecs:clusterName" }]), 51);
    assert.throws(() => withTags(many, [{ key: "one-more" }]), /at most 50/);
  });

  it("are removed by key", () => {
    assert.deepEqual(withoutTags([{ key: "a" }, { key: "b" }], ["b", "c"]), [{ key: "a" }]);
  });
});
