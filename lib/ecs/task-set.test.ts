import { assert } from "chai";
import type { ECSService, ECSTaskSet } from "#model/generated/resources.generated.ts";
import { describeTaskSet } from "./describe/task-set.ts";
import {
  taskSetName,
  computedDesiredCount,
  initialTaskSetName,
  isTaskSet,
  primaryTaskSet,
  taskSetId,
} from "./task-set.ts";
import { taskSetServiceProblems, unsupportedTaskSetMembers, unsupportedWithTaskSets } from "./task-set-rules.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const scale = (value: number) => ({ value, unit: "PERCENT" as const });

function taskSet(name: string, more: Partial<ECSTaskSet> = {}): ECSTaskSet {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskSet",
    metadata: { name, namespace: "team", uid: `uid-${name}`, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { service: "web", taskDefinition: "web:1" },
    ...more,
  };
}

function service(spec: ECSService["spec"]): ECSService {
  const metadata = { name: "web", namespace: "team", uid: "u" };
  return { apiVersion: "ecs.kecs.io/v1alpha1", kind: "ECSService", metadata, spec };
}

describe("a task set's share of the desired count", () => {
  for (const [desired, value, count] of [
    [3, 0, 0],
    [3, 100, 3],
    [3, 50, 2],
    [3, 33.3, 1],
    [3, 33.4, 2],
    [0, 100, 0],
    [10, 0.1, 1],
    [250, 64.4, 161], // 161.00000000000003 as floating-point numbers have it
    [3, 70, 3],
  ] as const) {
    it(`is ${count} for ${value} percent of ${desired}`, () => {
      assert.equal(computedDesiredCount(desired, scale(value)), count);
    });
  }

  it("is nothing unless the scale is given", () => {
    assert.equal(computedDesiredCount(5, undefined), 0);
  });
});

describe("a reference to a task set", () => {
  const blue = taskSet("blue");
  const id = taskSetId(blue);

  it("is its id, its ARN or the resource's name", () => {
    assert.match(id, /^ecs-svc\/\d{19}$/);
    for (const each of [id, `arn:aws:ecs:us-east-1:000000000000:task-set/shop/web/${id}`, "blue"]) {
      assert.isTrue(isTaskSet(each, blue), each);
      assert.isFalse(isTaskSet(each, taskSet("green")), each);
    }
  });

  it("has room for what a Deployment adds to its name", () => {
    const of = { metadata: { name: "x".repeat(52) } };
    assert.equal(taskSetName(of, "0123456789"), `${"x".repeat(41)}-0123456789`);
    assert.equal(taskSetName({ metadata: { name: "web" } }, "01"), "web-01");
  });

  it("makes it PRIMARY", () => {
    const external = { deploymentController: { type: "EXTERNAL" as const } };
    const all = [taskSet("green"), blue];
    assert.isUndefined(primaryTaskSet(service(external), all));
    assert.equal(primaryTaskSet(service({ ...external, primaryTaskSet: id }), all), blue);
    assert.isUndefined(primaryTaskSet(service({ ...external, primaryTaskSet: "gone" }), all));
  });

  it("is not needed for the first one of CODE_DEPLOY", () => {
    const of = service({ deploymentController: { type: "CODE_DEPLOY" } });
    const first = taskSet(initialTaskSetName(of));
    assert.equal(primaryTaskSet(of, [blue, first]), first);
    assert.equal(primaryTaskSet({ ...of, spec: { ...of.spec, primaryTaskSet: "blue" } }, [blue, first]), blue);
  });
});

describe("a service with task sets", () => {
  const external = { deploymentController: { type: "EXTERNAL" as const } };
  const codeDeploy = { deploymentController: { type: "CODE_DEPLOY" as const } };

  it("has nothing of what its task sets have", () => {
    assert.deepEqual(taskSetServiceProblems(external), []);
    assert.match(taskSetServiceProblems({ ...external, taskDefinition: "web" }).join(), /^taskDefinition cannot be/);
    assert.match(taskSetServiceProblems({ ...external, launchType: "EC2" }).join(), /^launchType cannot be/);
    assert.deepEqual(taskSetServiceProblems({ ...external, capacityProviderStrategy: [] }), []);
  });

  it("has what its first one gets where CodeDeploy rolls it out", () => {
    assert.deepEqual(taskSetServiceProblems({ ...codeDeploy, taskDefinition: "web", launchType: "EC2" }), []);
  });

  it("has no daemons, circuit breakers, alarms or volumes", () => {
    const breaker = { deploymentCircuitBreaker: { enable: true, rollback: false } };
    const alarms = { alarms: { enable: true, rollback: false, alarmNames: ["a"] } };
    const wrong = [
      { schedulingStrategy: "DAEMON" as const },
      { deploymentConfiguration: breaker },
      { deploymentConfiguration: alarms },
      { volumeConfigurations: [{ name: "data" }] },
    ];
    for (const each of wrong) {
      assert.lengthOf(taskSetServiceProblems({ ...codeDeploy, ...each }), 1, JSON.stringify(each));
      assert.lengthOf(taskSetServiceProblems(each), 0, JSON.stringify(each));
    }
  });
});

describe("a task set's load balancers and registries", () => {
  const balancer = { targetGroupArn: "arn", containerName: "web", containerPort: 80 };
  const external = { deploymentController: { type: "EXTERNAL" as const } };
  const codeDeploy = { deploymentController: { type: "CODE_DEPLOY" as const } };

  it("are its own, without a shift of traffic", () => {
    assert.deepEqual(unsupportedTaskSetMembers({ loadBalancers: [balancer] }), []);
    const advancedConfiguration = { alternateTargetGroupArn: "other" };
    const asked = unsupportedTaskSetMembers({ loadBalancers: [{ ...balancer, advancedConfiguration }] });
    assert.deepEqual(
      asked.map(({ path }) => path),
      ["loadBalancers.advancedConfiguration"],
    );
  });

  it("are not its service's where somebody else makes all task sets", () => {
    assert.lengthOf(taskSetServiceProblems({ ...external, loadBalancers: [balancer] }), 1);
    assert.lengthOf(taskSetServiceProblems({ ...external, serviceRegistries: [{ registryArn: "arn" }] }), 1);
    assert.lengthOf(taskSetServiceProblems({ ...codeDeploy, loadBalancers: [balancer] }), 0);
  });

  it("are all the traffic that there is", () => {
    const serviceConnectConfiguration = { enabled: true };
    assert.lengthOf(unsupportedWithTaskSets({ ...external, serviceConnectConfiguration }), 1);
    assert.lengthOf(unsupportedWithTaskSets({ serviceConnectConfiguration }), 0);
  });
});

describe("a task set as the API shows it", () => {
  it("is STABILIZING with nothing running before the operator has seen it", () => {
    const shown = describeTaskSet(taskSet("blue"), identity, "shop");
    const id = taskSetId(taskSet("blue"));
    assert.deepInclude(shown, {
      id,
      taskSetArn: `arn:aws:ecs:us-east-1:000000000000:task-set/shop/web/${id}`,
      serviceArn: "arn:aws:ecs:us-east-1:000000000000:service/shop/web",
      status: "ACTIVE",
      taskDefinition: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
      launchType: "EC2",
      scale: { value: 0, unit: "PERCENT" },
      computedDesiredCount: 0,
      stabilityStatus: "STABILIZING",
      createdAt: Date.parse("2026-01-01T00:00:00Z") / 1000,
    });
  });

  it("is STABILIZING again as soon as its scale is changed", () => {
    const status = { stabilityStatus: "STEADY_STATE" as const, status: "PRIMARY", observedGeneration: 1 };
    const of = taskSet("blue", { status });
    assert.deepInclude(describeTaskSet(of, identity, "shop"), { stabilityStatus: "STEADY_STATE", status: "PRIMARY" });
    const changed = { ...of, metadata: { ...of.metadata, generation: 2 } };
    assert.equal(describeTaskSet(changed, identity, "shop").stabilityStatus, "STABILIZING");
  });

  it("is DRAINING once it is being deleted", () => {
    const of = taskSet("blue", { status: { status: "PRIMARY" } });
    const deleted = { ...of, metadata: { ...of.metadata, deletionTimestamp: "2026-01-01T00:01:00Z" } };
    assert.equal(describeTaskSet(deleted, identity, "shop").status, "DRAINING");
  });

  it("has no launch type beside a capacity provider strategy", () => {
    const spec = { service: "web", taskDefinition: "web:1", capacityProviderStrategy: [{ capacityProvider: "spot" }] };
    assert.notProperty(describeTaskSet(taskSet("blue", { spec }), identity, "shop"), "launchType");
  });
});
