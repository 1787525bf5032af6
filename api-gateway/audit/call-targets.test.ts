import { expect } from "chai";
import { targetsOf } from "./call-targets.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const ARN = "arn:aws:ecs:us-east-1:000000000000";

describe("what a call is about", () => {
  const CASES: [call: string, input: object, output: object | undefined, targets: string[]][] = [
    ["a service by name", { cluster: "shop", service: "web" }, undefined, [`${ARN}:service/shop/web`]],
    [
      "a service that is made",
      { serviceName: "web" },
      { service: { serviceArn: `${ARN}:service/default/web` } },
      [`${ARN}:service/default/web`],
    ],
    [
      "tasks by id and ARN",
      { cluster: `${ARN}:cluster/shop`, tasks: ["a", `${ARN}:task/shop/b`] },
      undefined,
      [`${ARN}:cluster/shop`, `${ARN}:task/shop/b`, `${ARN}:task/shop/a`],
    ],
    [
      "tasks that are run",
      { taskDefinition: "web" },
      { tasks: [{ taskArn: `${ARN}:task/default/x` }], failures: [] },
      [`${ARN}:task/default/x`],
    ],
    ["a cluster", { clusterName: "shop" }, undefined, [`${ARN}:cluster/shop`]],
    [
      "tags",
      { resourceArn: `${ARN}:service/shop/web`, tags: [{ key: "a", value: `${ARN}:x/y` }] },
      {},
      [`${ARN}:service/shop/web`],
    ],
    [
      "a rule",
      { Name: "nightly" },
      { RuleArn: "arn:aws:events:us-east-1:000000000000:rule/nightly" },
      ["arn:aws:events:us-east-1:000000000000:rule/nightly"],
    ],
    [
      "nothing of what a resource contains",
      { family: "web", containerDefinitions: [{ environment: [{ value: ARN }] }] },
      {
        taskDefinition: { taskDefinitionArn: `${ARN}:task-definition/web:1`, containerDefinitions: [{ image: "x" }] },
      },
      [`${ARN}:task-definition/web:1`],
    ],
  ];
  for (const [call, input, output, targets] of CASES) {
    it(`is ${call}`, () => expect(targetsOf(input, output, identity)).to.deep.equal(targets));
  }

  it("is bounded, and copes with any input", () => {
    const tasks = Array.from({ length: 1000 }, (_, index) => `t${index}`);
    expect(targetsOf({ tasks }, undefined, identity)).to.have.length(100);
    for (const odd of [null, 5, "x", [], { cluster: 5, tasks: [{}] }])
      expect(targetsOf(odd, odd, identity)).to.deep.equal([]);
  });
});
