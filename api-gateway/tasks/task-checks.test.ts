import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import type { RunTaskRequest, TaskDefinition } from "#model/generated/types.generated.ts";
import { checkAgainstDefinition, checkTaskInput } from "./task-checks.ts";

const member = { type: "memberOf" as const, expression: "attribute:ecs.os-type == linux" };
const definition: TaskDefinition = { containerDefinitions: [{ name: "app" }, { name: "log" }] };

function refusal(check: () => void): string {
  try {
    check();
  } catch (error) {
    assert.instanceOf(error, EcsError);
    return `${error.code}: ${error.message}`;
  }
  return "accepted";
}

describe("input of RunTask and StartTask", () => {
  const refused: [string, Partial<RunTaskRequest>, RegExp][] = [
    ["a group of a service", { group: "service:web" }, /Invalid namespace for group/],
    ["tags of a service", { propagateTags: "SERVICE" }, /propagateTags/],
    [
      "a constraint that is none",
      { placementConstraints: [{ type: "memberOf", expression: "a or b" }] },
      /^Invalid.*expression/,
    ],
    ["a field that spread has not", { placementStrategy: [{ type: "spread", field: "disk" }] }, /^Invalid.*spread/],
    [
      "a key of a volume",
      { volumeConfigurations: [{ name: "d", managedEBSVolume: { kmsKeyId: "k", roleArn: "r" } }] },
      /^Unsupp.*kmsKeyId: /,
    ],
    [
      "environment files",
      { overrides: { containerOverrides: [{ name: "app", environmentFiles: [{ type: "s3", value: "arn" }] }] } },
      /^Unsupp.*environmentFiles/,
    ],
  ];
  for (const [what, input, message] of refused) {
    it(`must not have ${what}`, () => {
      assert.match(
        refusal(() => checkTaskInput({ taskDefinition: "web", ...input })),
        message,
      );
    });
  }

  it("may have empty lists and constraints that a node's labels can say", () => {
    const input = {
      taskDefinition: "web",
      placementConstraints: [member],
      placementStrategy: [],
    };
    assert.equal(
      refusal(() => checkTaskInput(input)),
      "accepted",
    );
  });
});

describe("a task's input beside its definition", () => {
  const check = (input: Partial<RunTaskRequest>, of = definition): string =>
    refusal(() => checkAgainstDefinition({ taskDefinition: "web", ...input }, of));
  const override = (...names: (string | undefined)[]): Partial<RunTaskRequest> => ({
    overrides: { containerOverrides: names.map((name) => (name === undefined ? {} : { name })) },
  });

  it("may override each container once", () => {
    assert.equal(check(override("app", "log")), "accepted");
    assert.equal(
      check(override("other")),
      "InvalidParameterException: Override for container named other is not a container in the TaskDefinition.",
    );
    assert.match(check(override("app", "app")), /More than one override/);
    assert.match(check(override(undefined)), /must have a container name/);
  });

  it("must not override at length", () => {
    const environment = [{ name: "X", value: "x".repeat(8200) }];
    assert.match(check({ overrides: { containerOverrides: [{ name: "app", environment }] } }), /at most 8192/);
  });

  it("needs a task role for ECS Exec", () => {
    const enableExecuteCommand = true;
    assert.match(check({ enableExecuteCommand }), /valid task role/);
    assert.equal(check({ enableExecuteCommand }, { ...definition, taskRoleArn: "arn:aws:iam::1:role/r" }), "accepted");
    assert.equal(check({ enableExecuteCommand, overrides: { taskRoleArn: "arn" } }), "accepted");
  });
});
