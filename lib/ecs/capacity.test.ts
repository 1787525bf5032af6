import { assert } from "chai";
import { capacityOf } from "./capacity.ts";

describe("capacityOf", () => {
  it("is EC2 unless something else is asked for", () => {
    assert.deepEqual(capacityOf({}, "t"), { launchType: "EC2" });
    assert.deepEqual(capacityOf({ launchType: "EXTERNAL" }, "t"), { launchType: "EXTERNAL" });
    assert.deepEqual(capacityOf({ capacityProviderStrategy: [] }, "t"), { launchType: "EC2" });
  });

  it("has a platform on Fargate", () => {
    const platformFamily = "Linux";
    assert.deepEqual(capacityOf({ launchType: "FARGATE" }, "t"), {
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      platformFamily,
    });
    const spot = { capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }], platformVersion: "1.3.0" };
    assert.deepEqual(capacityOf(spot, "t"), {
      launchType: "FARGATE",
      capacityProviderName: "FARGATE_SPOT",
      platformVersion: "1.3.0",
      platformFamily,
    });
  });

  it("divides tasks among providers by weight, each always to the same", () => {
    const capacityProviderStrategy = [
      { capacityProvider: "never", weight: 0 },
      { capacityProvider: "often", weight: 3 },
      { capacityProvider: "seldom", weight: 1 },
    ];
    const tasks = Array.from({ length: 1000 }, (_, index) => `task-${index}`);
    const names = tasks.map((task) => capacityOf({ capacityProviderStrategy }, task).capacityProviderName);
    assert.deepEqual(
      names,
      tasks.map((task) => capacityOf({ capacityProviderStrategy }, task).capacityProviderName),
    );
    assert.notInclude(names, "never");
    assert.approximately(names.filter((name) => name === "often").length, 750, 60);
  });
});
