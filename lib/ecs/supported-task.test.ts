import { assert } from "chai";
import { readFile } from "node:fs/promises";
import { unsupportedTaskMembers } from "./supported-task.ts";

/** Members that act as ECS documents them, or are records that need no act. */
const ACTING = [
  "volumeConfigurations",
  "capacityProviderStrategy",
  "clientToken",
  "cluster",
  "containerInstances",
  "count",
  "enableECSManagedTags",
  "enableExecuteCommand",
  "group",
  "launchType",
  "networkConfiguration",
  "overrides",
  "placementConstraints",
  "placementStrategy",
  "platformVersion",
  "propagateTags",
  "referenceId",
  "startedBy",
  "tags",
  "taskDefinition",
];
/** Members that are refused whatever they say. */
const REFUSED: string[] = [];

interface Model {
  shapes: Record<string, { members: Record<string, unknown> }>;
}

describe("members of a task that are not offered", () => {
  it("leave no member of the ECS API undecided", async () => {
    const { shapes } = JSON.parse(await readFile("model/ecs.json", "utf8")) as Model;
    const members = ["RunTaskRequest", "StartTaskRequest"].flatMap((name) => Object.keys(shapes[name]?.members ?? {}));
    assert.sameMembers([...new Set(members)], [...ACTING, ...REFUSED]);
  });

  it("are told with their place", () => {
    const refused = unsupportedTaskMembers({
      volumeConfigurations: [{ name: "data", managedEBSVolume: { sizeInGiB: 1, encrypted: true, roleArn: "r" } }],
      overrides: {
        containerOverrides: [{ name: "app", resourceRequirements: [{ type: "InferenceAccelerator", value: "1" }] }],
      },
    });
    assert.deepEqual(
      refused.map(({ path }) => path),
      [
        "volumeConfigurations[0].managedEBSVolume.encrypted",
        "overrides.containerOverrides[0].resourceRequirements[0].type",
      ],
    );
  });

  it("are none where lists are empty and placement is asked for", () => {
    const placementConstraints = [{ type: "memberOf" as const, expression: "attribute:ecs.os-type == linux" }];
    assert.deepEqual(
      unsupportedTaskMembers({ placementConstraints, placementStrategy: [], volumeConfigurations: [] }),
      [],
    );
  });
});
