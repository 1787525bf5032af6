import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import type { CreateServiceRequest, UpdateServiceRequest } from "#model/generated/types.generated.ts";
import { checkExecRole, checkNewService, checkServiceUpdate } from "./service-checks.ts";
import { withDefaultNamespace } from "./traffic-checks.ts";
import { newServiceSpec, updatedServiceSpec } from "./service-spec.ts";

const service: CreateServiceRequest = { serviceName: "web", taskDefinition: "web", desiredCount: 1 };

function refusal(check: () => void): string {
  try {
    check();
  } catch (error) {
    assert.instanceOf(error, EcsError);
    return `${error.code}: ${error.message}`;
  }
  return "accepted";
}

const refusalOfNew = (members: Partial<CreateServiceRequest>): string =>
  refusal(() => checkNewService({ ...service, ...members }));

describe("CreateService's input", () => {
  const refused: [string, Partial<CreateServiceRequest>, RegExp][] = [
    ["a role without load balancer", { role: "ecsServiceRole" }, /role is only permitted/],
    ["no room to deploy", { deploymentConfiguration: { maximumPercent: 100 } }, /as this will block deployments\.$/],
    ["a maximum below 100", { deploymentConfiguration: { maximumPercent: 99 } }, /at least 100/],
    ["a minimum above 100", { deploymentConfiguration: { minimumHealthyPercent: 101 } }, /between 0 and 100/],
    [
      "an alternate target group that is none",
      { loadBalancers: [{ advancedConfiguration: { alternateTargetGroupArn: "arn" } }] },
      /^Invalid.*loadBalancers\[0\]\.advancedConfiguration: Invalid alternateTargetGroupArn: arn/,
    ],
  ];
  for (const [what, members, message] of refused) {
    it(`must not have ${what}`, () => assert.match(refusalOfNew(members), message));
  }

  it("needs a count", () => {
    const { desiredCount: _, ...without } = service;
    assert.match(
      refusal(() => checkNewService(without)),
      /desiredCount is required/,
    );
  });

  it("may have empty lists, zero tasks and any rollout that moves", () => {
    assert.equal(refusalOfNew({ loadBalancers: [], placementStrategy: [], desiredCount: 0 }), "accepted");
    const deploymentConfiguration = { minimumHealthyPercent: 0, maximumPercent: 100 };
    assert.equal(refusalOfNew({ deploymentConfiguration }), "accepted");
  });

  it("becomes a spec with what ECS resolves", () => {
    const input = { ...service, clientToken: "t", launchType: "EC2" as const, tags: [{ key: "a", value: "b" }] };
    const resolved = { cluster: "prod", taskDefinition: "web:3", target: { launchType: "EC2" as const } };
    assert.deepEqual(newServiceSpec(input, resolved), {
      serviceName: "web",
      desiredCount: 1,
      tags: [{ key: "a", value: "b" }],
      cluster: "prod",
      taskDefinition: "web:3",
      launchType: "EC2",
    });
  });
});

describe("UpdateService's input", () => {
  const current = {
    ...service,
    cluster: "prod",
    taskDefinition: "web:1",
    launchType: "EC2" as const,
    deploymentConfiguration: { minimumHealthyPercent: 50, maximumPercent: 200 },
  };
  const update = (members: Partial<UpdateServiceRequest>, taskDefinition?: string) =>
    updatedServiceSpec(current, { service: "web", ...members }, taskDefinition);

  it("changes what it names and nothing else", () => {
    assert.deepEqual(update({}), current);
    assert.deepEqual(update({ desiredCount: 0, forceNewDeployment: true }), { ...current, desiredCount: 0 });
    assert.deepEqual(update({}, "web:2"), { ...current, taskDefinition: "web:2" });
  });

  it("takes the deployment configuration member by member", () => {
    const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 150 };
    assert.deepEqual(update({ deploymentConfiguration: { maximumPercent: 150 } }), {
      ...current,
      deploymentConfiguration,
    });
  });

  it("drops what belongs to the deployment strategy before, unless the call says it", () => {
    const hooks = { lifecycleHooks: [{ targetType: "PAUSE" as const, lifecycleStages: ["PRE_SCALE_UP" as const] }] };
    const linear = {
      strategy: "LINEAR" as const,
      bakeTimeInMinutes: 5,
      linearConfiguration: { stepPercent: 20 },
      ...hooks,
    };
    const after = (deploymentConfiguration: UpdateServiceRequest["deploymentConfiguration"] & {}) =>
      updatedServiceSpec(
        { ...current, deploymentConfiguration: linear },
        { service: "web", deploymentConfiguration },
        undefined,
      ).deploymentConfiguration;
    assert.deepEqual(after({ maximumPercent: 150 }), { ...linear, maximumPercent: 150 });
    assert.deepEqual(after({ strategy: "CANARY" }), { strategy: "CANARY", bakeTimeInMinutes: 5, ...hooks });
    assert.deepEqual(after({ strategy: "ROLLING" }), { strategy: "ROLLING" });
    const early = { enable: true, healthyPercent: 100, sourceServiceRevisionCleanup: "DEFERRED" as const };
    const rolling = { ...current, deploymentConfiguration: { earlySuccessCriteria: early } };
    const blueGreen = { service: "web", deploymentConfiguration: { strategy: "BLUE_GREEN" as const } };
    assert.deepEqual(updatedServiceSpec(rolling, blueGreen, undefined).deploymentConfiguration, {
      strategy: "BLUE_GREEN",
    });
    const wrong = { service: "web", deploymentConfiguration: { strategy: "ROLLING" as const, ...hooks } };
    assert.match(
      refusal(() => checkServiceUpdate(wrong, current, updatedServiceSpec(current, wrong, undefined))),
      /^Unsupported.*deploymentConfiguration\.lifecycleHooks: /,
    );
  });

  it("is judged with the strategy that the service has", () => {
    const spec = { ...current, deploymentConfiguration: { strategy: "BLUE_GREEN" as const } };
    const input = { service: "web", deploymentConfiguration: { bakeTimeInMinutes: 5 } };
    assert.equal(
      refusal(() => checkServiceUpdate(input, spec, updatedServiceSpec(spec, input, undefined))),
      "accepted",
    );
  });

  it("goes from launch type to capacity providers and back", () => {
    const capacityProviderStrategy = [{ capacityProvider: "asg-1" }];
    const moved = update({ capacityProviderStrategy });
    assert.deepEqual(moved.capacityProviderStrategy, capacityProviderStrategy);
    assert.isUndefined(moved.launchType);
    const back = updatedServiceSpec(moved, { service: "web", capacityProviderStrategy: [] }, undefined);
    assert.notProperty(back, "capacityProviderStrategy");
  });

  it("does not change what task sets have", () => {
    const judge = (type: "EXTERNAL" | "CODE_DEPLOY", input: Partial<UpdateServiceRequest>): string => {
      const spec = { ...current, deploymentController: { type } };
      return refusal(() => checkServiceUpdate({ service: "web", ...input }, spec, spec));
    };
    for (const type of ["EXTERNAL", "CODE_DEPLOY"] as const) {
      assert.equal(judge(type, { cluster: "prod", desiredCount: 2, propagateTags: "SERVICE" }), "accepted");
      assert.equal(judge(type, { forceNewDeployment: false }), "accepted");
      assert.match(judge(type, { forceNewDeployment: true }), /Cannot force a new deployment on services with an? /);
      assert.match(judge(type, { taskDefinition: "web:2" }), /Unable to update task definition on services with an? /);
      assert.match(judge(type, { networkConfiguration: {} }), /Unable to update network configuration/);
      assert.match(judge(type, { enableExecuteCommand: true }), /Unable to update enableExecuteCommand/);
    }
    const deploymentConfiguration = { minimumHealthyPercent: 50 };
    assert.equal(judge("CODE_DEPLOY", { deploymentConfiguration }), "accepted");
    assert.match(judge("EXTERNAL", { deploymentConfiguration }), /Unable to update deploymentConfiguration/);
  });

  it("does not change who rolls the service out", () => {
    const input = { service: "web", deploymentController: { type: "EXTERNAL" as const } };
    assert.match(
      refusal(() => checkServiceUpdate(input, current, update(input))),
      /deploymentController: .* cannot be changed/,
    );
  });

  it("is judged by what the service becomes", () => {
    const judge = (input: Partial<UpdateServiceRequest>): string =>
      refusal(() => checkServiceUpdate({ service: "web", ...input }, current, update(input)));
    assert.equal(judge({ deploymentConfiguration: { maximumPercent: 100 } }), "accepted");
    assert.match(judge({ deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } }), /block/);
    assert.match(judge({ placementStrategy: [{ type: "binpack" }] }), /^Invalid.*binpack/);
  });
});

describe("Service Connect without a namespace", () => {
  it("takes the cluster's default, where it is on", () => {
    const cluster = { serviceConnectDefaults: { namespace: "prod" } };
    assert.deepEqual(withDefaultNamespace({ enabled: true }, cluster), { enabled: true, namespace: "prod" });
    assert.deepEqual(withDefaultNamespace({ enabled: true, namespace: "own" }, cluster)?.namespace, "own");
    assert.deepEqual(withDefaultNamespace({ enabled: false }, cluster), { enabled: false });
    assert.isUndefined(withDefaultNamespace(undefined, cluster));
    assert.deepEqual(withDefaultNamespace({ enabled: true }, {}), { enabled: true });
  });
});

describe("ECS Exec on a service", () => {
  it("needs a task role", () => {
    const exec = { enableExecuteCommand: true };
    assert.match(
      refusal(() => checkExecRole(exec, {}, "updated")),
      /couldn't be updated because a valid taskRoleArn/,
    );
    assert.equal(
      refusal(() => checkExecRole(exec, { taskRoleArn: "arn" }, "created")),
      "accepted",
    );
    assert.equal(
      refusal(() => checkExecRole({}, {}, "created")),
      "accepted",
    );
  });
});
