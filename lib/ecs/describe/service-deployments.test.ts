import { assert } from "chai";
import type { ECSService, ECSServiceSpec, ECSServiceStatus } from "#model/generated/resources.generated.ts";
import { deploymentDigits } from "../service-deployment.ts";
import { describeService } from "./service.ts";
import { deploymentsOf } from "./service-deployments.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;

function service(spec: Partial<ECSServiceSpec>, status?: ECSServiceStatus, generation = 1): ECSService {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSService",
    metadata: {
      name: "web",
      namespace: "ecs-default",
      uid: "u",
      generation,
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { taskDefinition: "web:1", desiredCount: 2, ...spec },
    ...(status && { status }),
  };
}

const idOf = (of: ECSService, revision: number): string => `ecs-svc/${deploymentDigits(of, arn(revision))}`;

describe("a service's deployments before the operator has seen its spec", () => {
  const first = service({});
  const steady: ECSServiceStatus = {
    observedGeneration: 1,
    runningCount: 2,
    taskDefinition: arn(1),
    deployments: [
      {
        id: idOf(first, 1),
        status: "PRIMARY",
        desiredCount: 2,
        runningCount: 2,
        pendingCount: 0,
        rolloutState: "COMPLETED",
      },
    ],
  };

  it("have a PRIMARY one from the start", () => {
    const [primary, ...others] = describeService(first, identity, "default").deployments ?? [];
    assert.lengthOf(others, 0);
    assert.deepInclude(primary, {
      id: idOf(first, 1),
      status: "PRIMARY",
      taskDefinition: arn(1),
      desiredCount: 2,
      runningCount: 0,
      rolloutState: "IN_PROGRESS",
      launchType: "EC2",
      createdAt: Date.parse("2026-01-01T00:00:00Z") / 1000,
    });
  });

  it("are the status's own when it is up to date", () => {
    assert.deepEqual(deploymentsOf(service({}, steady), identity), steady.deployments);
  });

  it("show a changed task definition as a new PRIMARY beside the ACTIVE one that still runs", () => {
    const changed = service({ taskDefinition: "web:2" }, steady, 2);
    const described = describeService(changed, identity, "default");
    assert.deepEqual(
      described.deployments?.map(({ id, status }) => [id, status]),
      [
        [idOf(changed, 2), "PRIMARY"],
        [idOf(first, 1), "ACTIVE"],
      ],
    );
    assert.equal(described.taskDefinition, arn(2));
  });

  it("show a forced deployment as a new PRIMARY too", () => {
    const forced = service({}, steady);
    forced.metadata.annotations = { "kecs.io/forced-deployment": "2026-01-02T00:00:00Z" };
    assert.lengthOf(deploymentsOf(forced, identity), 2);
  });

  it("keep their PRIMARY when only the count changes", () => {
    const [primary, ...others] = deploymentsOf(service({ desiredCount: 5 }, steady, 2), identity);
    assert.lengthOf(others, 0);
    assert.deepInclude(primary, { id: idOf(first, 1), desiredCount: 5, runningCount: 2, rolloutState: "COMPLETED" });
  });

  it("wait for the operator to say what a family without revision means", () => {
    assert.deepEqual(deploymentsOf(service({ taskDefinition: "web" }), identity), []);
    assert.lengthOf(deploymentsOf(service({ taskDefinition: "web" }, steady, 2), identity), 1);
  });
});
