import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import type { Cluster, TaskDefinition } from "#model/generated/types.generated.ts";
import { checkLaunch, type LaunchInput, launchTarget } from "./launch.ts";

const cluster: Cluster = { capacityProviders: ["FARGATE", "FARGATE_SPOT", "asg-1"] };
const bridge: TaskDefinition = { compatibilities: ["EXTERNAL", "EC2"] };
const awsvpc: TaskDefinition = { networkMode: "awsvpc", compatibilities: ["EC2", "FARGATE"] };
const network = { awsvpcConfiguration: { subnets: ["subnet-1"] } };

/** Runs the checks as the operations do and gives the message of the error. */
function refusal(input: LaunchInput, taskDefinition = bridge): string {
  try {
    checkLaunch(input, launchTarget(input, cluster), taskDefinition);
  } catch (error) {
    assert.instanceOf(error, EcsError);
    return `${error.code}: ${error.message}`;
  }
  return "accepted";
}

describe("where tasks run", () => {
  it("is what the call says, else the cluster's default strategy, else EC2", () => {
    const inherited = [{ capacityProvider: "asg-1" }];
    const withDefault = { ...cluster, defaultCapacityProviderStrategy: inherited };
    assert.deepEqual(launchTarget({ launchType: "EC2" }, withDefault), { launchType: "EC2" });
    assert.deepEqual(launchTarget({}, withDefault), { capacityProviderStrategy: inherited });
    assert.deepEqual(launchTarget({ capacityProviderStrategy: [] }, cluster), {});
  });

  it("is accepted where ECS accepts it", () => {
    assert.equal(refusal({}), "accepted");
    assert.equal(refusal({ launchType: "EXTERNAL" }), "accepted");
    assert.equal(refusal({ networkConfiguration: {} }), "accepted");
    assert.equal(
      refusal({ launchType: "FARGATE", platformVersion: "1.4.0", networkConfiguration: network }, awsvpc),
      "accepted",
    );
    assert.equal(refusal({ networkConfiguration: network }, awsvpc), "accepted");
  });

  const provider = (capacityProvider: string, weight = 1, base = 0) => ({ capacityProvider, weight, base });
  const refused: [string, LaunchInput, TaskDefinition, RegExp][] = [
    [
      "both ways of saying it",
      { launchType: "EC2", capacityProviderStrategy: [provider("asg-1")] },
      bridge,
      /^Inv.*Specifying both a launch type/,
    ],
    [
      "a provider that the cluster does not have",
      { capacityProviderStrategy: [provider("x")] },
      bridge,
      /not associated with the cluster/,
    ],
    ["a provider twice", { capacityProviderStrategy: [provider("asg-1"), provider("asg-1")] }, bridge, /duplicate/],
    ["Fargate mixed with EC2", { capacityProviderStrategy: [provider("FARGATE"), provider("asg-1")] }, awsvpc, /mix/],
    [
      "two bases",
      { capacityProviderStrategy: [provider("FARGATE", 1, 1), provider("FARGATE_SPOT", 1, 1)] },
      awsvpc,
      /base/,
    ],
    [
      "no weight at all",
      { capacityProviderStrategy: [provider("FARGATE", 0), provider("FARGATE_SPOT", 0)] },
      awsvpc,
      /weight/,
    ],
    [
      "Fargate for a bridge network",
      { launchType: "FARGATE" },
      bridge,
      /^Inv.*does not support launch_type FARGATE\.$/,
    ],
    [
      "Fargate by strategy for a bridge network",
      { capacityProviderStrategy: [provider("FARGATE")] },
      bridge,
      /launch_type FARGATE/,
    ],
    ["awsvpc without a network", {}, awsvpc, /must be provided when networkMode 'awsvpc'/],
    ["a network without awsvpc", { networkConfiguration: network }, bridge, /is not valid for the given networkMode/],
    [
      "no subnets",
      { networkConfiguration: { awsvpcConfiguration: { subnets: [] } } },
      awsvpc,
      /subnets can not be empty/,
    ],
    [
      "a public address on EC2",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["s"], assignPublicIp: "ENABLED" } } },
      awsvpc,
      /Assign public IP/,
    ],
    ["a platform version on EC2", { platformVersion: "LATEST" }, bridge, /must be null when specifying an EC2/],
    [
      "an unknown platform version",
      { launchType: "FARGATE", platformVersion: "9", networkConfiguration: network },
      awsvpc,
      /^PlatformUnknownException/,
    ],
  ];
  for (const [what, input, taskDefinition, message] of refused) {
    it(`refuses ${what}`, () => assert.match(refusal(input, taskDefinition), message));
  }
});
