import { expect } from "chai";

import type { ECSService, ECSServiceSpec } from "#model/generated/resources.generated.ts";
import { describeService } from "./describe/service.ts";
import { isRolledBack, type Rollout, rollbackOf, specInForce } from "./rollout.ts";
import { deploymentDigits, deploymentId } from "./service-deployment.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;
const network = { awsvpcConfiguration: { subnets: ["subnet-1"] } };

function service(spec: ECSServiceSpec): ECSService {
  const metadata = { name: "web", namespace: "team", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };
  return { apiVersion: "ecs.kecs.io/v1alpha1", kind: "ECSService", metadata, spec };
}

const before = service({ taskDefinition: "web:1", desiredCount: 2 });
const wanted: ECSServiceSpec = { taskDefinition: "web:2", desiredCount: 3, networkConfiguration: network };
const digits = (spec: ECSServiceSpec, revision: number): string => deploymentDigits(service(spec), arn(revision));
const A = digits(before.spec, 1);

function rolledBack(spec: ECSServiceSpec = wanted): ECSService {
  const asked = digits(wanted, 2);
  const rollout: Rollout = {
    id: "x",
    asked,
    deployment: asked,
    revision: "2",
    taskDefinition: arn(2),
    status: "ROLLBACK_SUCCESSFUL",
    createdAt: "2026-01-02T00:00:00Z",
    failures: 3,
    failedBy: "CIRCUIT_BREAKER",
    rollback: { revision: "1", deployment: A, startedAt: "2026-01-02T00:01:00Z", reason: "" },
  };
  const deployments = [{ id: deploymentId(A), status: "PRIMARY", taskDefinition: arn(1), runningCount: 2 }];
  return { ...service(spec), status: { rollout, taskDefinition: arn(1), deployments } };
}

describe("a service that was rolled back", () => {
  it("is so for as long as its spec asks for what failed", () => {
    expect(isRolledBack(rolledBack(), identity)).to.equal(true);
    expect(isRolledBack(rolledBack({ ...wanted, desiredCount: 9 }), identity)).to.equal(true);
    expect(isRolledBack(rolledBack({ ...wanted, taskDefinition: "web:3" }), identity)).to.equal(false);
    expect(isRolledBack(rolledBack(before.spec), identity)).to.equal(false);
    expect(isRolledBack(before, identity)).to.equal(false);
  });

  it("asks for what failed as well when it follows a family", () => {
    expect(isRolledBack(rolledBack({ ...wanted, taskDefinition: "web" }), identity)).to.equal(true);
  });

  it("is described as what it runs, with the count that is wanted", () => {
    const described = describeService(rolledBack(), identity, "prod");
    expect(described).to.include({ taskDefinition: arn(1), desiredCount: 3 });
    expect(described).to.not.have.property("networkConfiguration");
    expect(described.deployments).to.deep.equal([
      { id: deploymentId(A), status: "PRIMARY", taskDefinition: arn(1), desiredCount: 3, runningCount: 2 },
    ]);
  });

  it("has a spec in force that keeps all that is not of a deployment", () => {
    expect(specInForce(rolledBack(), identity)).to.deep.equal({ taskDefinition: arn(1), desiredCount: 3 });
    expect(specInForce(before, identity)).to.equal(before.spec);
  });

  it("has the load balancers and registries that it returned to", () => {
    const arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
    const loadBalancers = [{ targetGroupArn: arn, containerName: "web", containerPort: 80 }];
    const changed: ECSServiceSpec = { ...wanted, loadBalancers: [], serviceRegistries: [{ registryArn: "r" }] };
    const of = rolledBack(changed);
    const rollout = { ...of.status!.rollout!, asked: digits(changed, 2), deployment: digits(changed, 2) };
    const rollback = { ...rollout.rollback!, loadBalancers, serviceRegistries: [] };
    const returned = { ...of, status: { ...of.status, rollout: { ...rollout, rollback } } };
    expect(specInForce(returned, identity)).to.deep.include({ loadBalancers, serviceRegistries: [] });
    expect(specInForce({ ...returned, status: { ...of.status, rollout } }, identity)).to.deep.include({
      loadBalancers: [],
      serviceRegistries: [{ registryArn: "r" }],
    });
  });

  it("shows at once that something else is asked for", () => {
    const changed = rolledBack({ ...wanted, taskDefinition: "web:3" });
    expect(describeService(changed, identity, "prod").deployments?.map(({ status }) => status)).to.deep.equal([
      "PRIMARY",
      "ACTIVE",
    ]);
  });

  it("is rolled back from nothing where nothing is known", () => {
    expect(rollbackOf(undefined, A)).to.equal(undefined);
  });
});
