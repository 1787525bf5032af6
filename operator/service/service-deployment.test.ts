import { expect } from "chai";

import type { Rollout } from "#lib/ecs/rollout.ts";
import type { ECSAlarm, ECSServiceDeployment, ECSServiceRevision } from "#model/generated/resources.generated.ts";
import type { DeploymentCircuitBreaker } from "#model/generated/types.generated.ts";
import { inForce } from "./revision.ts";
import { type Asked, concluded, judged } from "./service-deployment.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { after, identity, service, start, state, task, taskDefinition } from "./testing/fixtures.ts";
import { desiredService } from "./desired.ts";

const A = "1000000000000000001";
const B = "2000000000000000002";
const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;
const asked = (digits: string): Asked => ({ digits, taskDefinition: arn(digits === A ? 1 : 2) });
const completed = {
  revision: { spec: { id: "7", deployment: A, taskDefinition: arn(1) } } as ECSServiceRevision,
  taskDefinition: { found: { resource: taskDefinition(1), revision: 1, arn: arn(1) } },
};

interface Given {
  readonly rollout?: Rollout;
  readonly breaker?: DeploymentCircuitBreaker;
  readonly tasks?: readonly ServiceTask[];
  readonly stop?: "ABORT" | "ROLLBACK";
  readonly candidate?: boolean;
}

const breaker: DeploymentCircuitBreaker = { enable: true, rollback: true };

function given({ rollout, breaker, tasks = [], stop, candidate = true }: Given): ServiceState {
  const made = service({ ...(breaker && { deploymentConfiguration: { deploymentCircuitBreaker: breaker } }) });
  const record = { spec: { id: rollout?.id, stopType: stop } } as ECSServiceDeployment;
  const lastCompleted = { revision: "7", deployment: A };
  return state({
    service: { ...made, status: { ...(rollout && { rollout }), lastCompleted } },
    tasks,
    serviceDeployments: stop ? [record] : [],
    ...(candidate && { completed }),
  });
}

/** The deployment of B over A, which has just begun. */
const deploying = judged(given({ breaker }), asked(B), start);
const crashed = (id: string, seconds: number): ServiceTask =>
  task(id, B, {
    phase: "STOPPED",
    failed: true,
    startedAt: after(seconds - 1).toISOString(),
    stoppedAt: after(seconds).toISOString(),
  });
const three = [crashed("a", 2), crashed("b", 4), crashed("c", 7)];

const alarm = (name: string, state: ECSAlarm["spec"]["state"], evaluationSeconds = 0) =>
  ({ metadata: { name }, spec: { state, evaluationSeconds } }) as ECSAlarm;

describe("the alarms of a service deployment", () => {
  const watching = (alarms: readonly ECSAlarm[], rollout?: Rollout): ServiceState => {
    const of = given({ ...(rollout && { rollout }) });
    const configuration = { alarmNames: ["web-5xx", "slow"], enable: true, rollback: true };
    const spec = { ...of.service.spec, deploymentConfiguration: { alarms: configuration } };
    return { ...of, service: { ...of.service, spec }, alarms };
  };
  const ok = [alarm("web-5xx", "OK"), alarm("slow", "INSUFFICIENT_DATA", 60)];
  const watched = judged(watching(ok), asked(B), start);

  it("are watched from its beginning", () => {
    expect(watched.alarms).to.equal("MONITORING");
    expect(judged(watching(ok, watched), asked(B), after(9))).to.deep.equal(watched);
  });

  it("make it fail as soon as one is raised", () => {
    const raised = judged(watching([alarm("web-5xx", "ALARM"), ...ok.slice(1)], watched), asked(B), after(9));
    expect(raised).to.deep.include({
      status: "ROLLBACK_IN_PROGRESS",
      statusReason: "Service deployment rolled back because of one or more active alarms.",
      failedBy: "ALARMS",
      alarms: "TRIGGERED",
      triggeredAlarms: ["web-5xx"],
    });
  });

  it("are not watched by a deployment that begins while one is raised", () => {
    const raised = [alarm("web-5xx", "ALARM")];
    const begun = judged(watching(raised), asked(B), start);
    expect(begun.alarms).to.equal("DISABLED");
    expect(judged(watching(raised, begun), asked(B), after(9))).to.deep.equal(begun);
  });

  it("are not watched where the service does not say so", () => {
    const of = { ...given({}), alarms: [alarm("web-5xx", "ALARM")] };
    expect(judged(of, asked(B), start))
      .to.include({ status: "IN_PROGRESS" })
      .and.not.have.property("alarms");
  });

  it("are watched for as long as the slowest needs after all tasks run", () => {
    const complete = { rolloutState: "COMPLETED" } as const;
    const baking = concluded(watching(ok), watched, complete, after(10));
    expect(baking).to.include({ status: "IN_PROGRESS", stableSince: after(10).toISOString() });
    expect(concluded(watching(ok), baking, complete, after(69))).to.deep.equal(baking);
    const done = concluded(watching(ok), baking, complete, after(70));
    expect(done).to.include({ status: "SUCCESSFUL", alarms: "MONITORING_COMPLETE" });
  });
});

describe("a service deployment", () => {
  it("begins with what the spec asks for, from what was last completed", () => {
    expect(deploying).to.include({ asked: B, deployment: B, status: "IN_PROGRESS", failures: 0, sourceRevision: "7" });
    expect(deploying.id).to.match(/^[0-9a-f]{21}$/);
    expect(deploying.revision).to.match(/^\d{19}$/);
  });

  it("has the same id for whoever sees the same copy of the service, at whatever time", () => {
    expect(judged(given({ breaker }), asked(B), after(9)).id).to.equal(deploying.id);
  });

  it("has another id when the same is deployed again after something else", () => {
    const back = judged(given({ rollout: deploying }), asked(A), after(9));
    expect(back).to.include({ deployment: A, status: "IN_PROGRESS" });
    expect(judged(given({ rollout: back }), asked(B), after(10)).id).to.not.equal(deploying.id);
  });

  it("stays as it is while nothing changes", () => {
    expect(judged(given({ rollout: deploying, breaker }), asked(B), after(60))).to.deep.equal(deploying);
  });

  const cases: [string, Given, Partial<Rollout>][] = [
    ["goes on below the threshold", { breaker, tasks: three.slice(1) }, { status: "IN_PROGRESS", failures: 2 }],
    ["goes on where no breaker watches", { tasks: three }, { status: "IN_PROGRESS", failures: 3 }],
    [
      "is rolled back at the threshold",
      { breaker, tasks: three },
      { status: "ROLLBACK_IN_PROGRESS", failedBy: "CIRCUIT_BREAKER", failures: 3 },
    ],
    [
      "is stopped where the breaker is not to roll back",
      { breaker: { ...breaker, rollback: false }, tasks: three },
      { status: "STOPPED", failedBy: "CIRCUIT_BREAKER" },
    ],
    [
      "has nothing to return to where none was completed",
      { breaker, tasks: three, candidate: false },
      { status: "ROLLBACK_FAILED", statusReason: "No rollback candidate was found to run the rollback." },
    ],
    [
      "fails at another threshold",
      { breaker: { ...breaker, thresholdConfiguration: { type: "COUNT", value: 1 } }, tasks: three.slice(2) },
      { status: "ROLLBACK_IN_PROGRESS" },
    ],
    ["is rolled back on request", { stop: "ROLLBACK" }, { status: "ROLLBACK_IN_PROGRESS", failedBy: "REQUEST" }],
    ["is aborted on request", { stop: "ABORT" }, { status: "STOPPED", failedBy: "REQUEST" }],
  ];
  for (const [what, more, expected] of cases) {
    it(what, () => {
      expect(judged(given({ rollout: deploying, ...more }), asked(B), after(10))).to.deep.include(expected);
    });
  }

  describe("that is followed by another", () => {
    const of = (counts: object): ServiceState => {
      const before = given({ rollout: deploying });
      const deployments = [{ id: `ecs-svc/${B}`, desiredCount: 2, pendingCount: 0, ...counts }];
      return { ...before, service: { ...before.service, status: { ...before.service.status, deployments } } };
    };

    it("counts as completed when all its tasks ran, though they had not proved themselves yet", () => {
      const next = judged(of({ runningCount: 2 }), asked(A), after(5));
      expect(next.sourceRevision).to.equal(deploying.revision);
    });

    it("does not count when they did not", () => {
      expect(judged(of({ runningCount: 1, pendingCount: 1 }), asked(A), after(5)).sourceRevision).to.equal("7");
    });
  });

  describe("that has failed", () => {
    const failed = judged(given({ rollout: deploying, breaker, tasks: three }), asked(B), after(10));

    it("returns to the revision that was last completed, for as long as the spec asks for the same", () => {
      expect(failed.rollback).to.deep.include({ revision: "7", deployment: A });
      expect(judged(given({ rollout: failed, breaker }), asked(B), after(3600))).to.deep.equal(failed);
    });

    it("has returned when the old deployment is complete again", () => {
      const done = concluded(state(), failed, { rolloutState: "COMPLETED" }, after(20));
      expect(done).to.include({ status: "ROLLBACK_SUCCESSFUL", finishedAt: after(20).toISOString() });
      expect(concluded(state(), done, { rolloutState: "COMPLETED" }, after(30))).to.deep.equal(done);
    });

    it("is followed by no other when the spec comes to what the service runs", () => {
      const back = judged(given({ rollout: failed }), asked(A), after(30));
      expect(back).to.include({ id: failed.id, asked: A });
      expect(judged(given({ rollout: back }), asked(B), after(40))).to.include({ status: "IN_PROGRESS", failures: 0 });
    });

    it("puts the completed revision in the place of the spec, and leaves the resource alone", () => {
      const of = { ...given({ rollout: failed, breaker }), rollout: failed };
      const seen = inForce(of);
      expect(seen.taskDefinition).to.equal(completed.taskDefinition);
      expect(seen.service.spec.taskDefinition).to.equal(arn(1));
      expect(of.service.spec.taskDefinition).to.equal("web");
      const desired = desiredService(seen, identity);
      expect("digits" in desired ? desired.taskDefinitionArn : desired).to.equal(arn(1));
    });

    it("cannot go on when that revision is gone", () => {
      const { completed: _, ...without } = { ...given({ rollout: failed, breaker }), rollout: failed };
      const desired = desiredService(inForce(without), identity);
      expect("problem" in desired && desired.problem.reason).to.equal("ServiceRevisionNotFound");
    });
  });
});
