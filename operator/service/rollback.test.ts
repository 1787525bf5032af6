import { expect } from "chai";

import { ANNOTATIONS, LABELS } from "#lib/ecs/labels.ts";
import type { ReplicaSet } from "#lib/kube/resources.ts";
import { deploymentRecord, deploymentRecordStatus } from "./records.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { after, digitsOf, identity, service, start, state, task } from "./testing/fixtures.ts";
import { arn, found, reconciled } from "./testing/reconciled.ts";

const deploymentCircuitBreaker = { enable: true, rollback: true };

/** Revision 1 runs and is complete. */
function steady(): ServiceState {
  const first = reconciled(
    state({ service: service({ taskDefinition: "web:1", deploymentConfiguration: { deploymentCircuitBreaker } }) }),
    start,
  );
  const digits = digitsOf(first);
  const running = (id: string): ServiceTask => task(id, digits, { startedAt: after(1).toISOString() });
  return reconciled({ ...first, tasks: [running("a"), running("b")] }, after(20));
}

/** Revision 2 is asked for, and `failures` of its tasks have failed. */
function failing(before: ServiceState, failures: number): ServiceState {
  const { service } = before;
  const asked = { ...service, spec: { ...service.spec, taskDefinition: "web:2" } };
  const begun = reconciled({ ...before, service: asked, taskDefinition: found(2) }, after(60));
  const digits = digitsOf(begun);
  const failed = Array.from({ length: failures }, (_, index) =>
    task(`f${index}`, digits, {
      phase: "STOPPED",
      failed: true,
      createdAt: after(61 + index).toISOString(),
      stoppedAt: after(62 + index).toISOString(),
    }),
  );
  const replicaSet: ReplicaSet = {
    metadata: { name: "web-2", uid: "rs-2", labels: { [LABELS.deployment]: digits } },
    spec: { replicas: 2, selector: {} },
  };
  return { ...begun, tasks: [...before.tasks, ...failed], replicaSets: [replicaSet] };
}

const summary = ({ service }: ServiceState): unknown =>
  service.status?.deployments?.map(({ status, rolloutState, taskDefinition }) => [
    status,
    rolloutState,
    taskDefinition?.split(":").at(-1),
  ]);
const messages = ({ service }: ServiceState): (string | undefined)[] =>
  (service.status?.events ?? []).map(({ message }) => message);

describe("a rollback", () => {
  it("is prepared by what was completed", () => {
    const { service, serviceRevisions } = steady();
    expect(service.status?.rollout).to.include({ status: "SUCCESSFUL" });
    expect(service.status?.lastCompleted?.revision).to.equal(serviceRevisions[0]?.spec.id);
    expect(serviceRevisions[0]?.spec).to.include({ service: "web", cluster: "shop", taskDefinition: arn(1) });
  });

  it("waits until tasks have proved themselves before a watched deployment is complete", () => {
    const first = reconciled(
      state({ service: service({ desiredCount: 1, deploymentConfiguration: { deploymentCircuitBreaker } }) }),
      start,
    );
    const of = { ...first, tasks: [task("a", digitsOf(first), { startedAt: after(1).toISOString() })] };
    expect(summary(reconciled(of, after(10)))).to.deep.equal([["PRIMARY", "IN_PROGRESS", "1"]]);
    expect(summary(reconciled(of, after(11)))).to.deep.equal([["PRIMARY", "COMPLETED", "1"]]);
  });

  it("does not begin below the threshold", () => {
    const of = reconciled(failing(steady(), 2), after(70));
    expect(summary(of)).to.deep.equal([
      ["PRIMARY", "IN_PROGRESS", "2"],
      ["ACTIVE", "COMPLETED", "1"],
    ]);
    expect(of.service.status?.deployments?.[0]?.failedTasks).to.equal(2);
  });

  it("returns to the old deployment under its own id and template, told once in ECS's words", () => {
    const before = steady();
    const of = reconciled(failing(before, 3), after(70));
    const [primary, failed] = of.service.status?.deployments ?? [];
    expect(primary?.id).to.equal(before.service.status?.deployments?.[0]?.id);
    expect(primary?.rolloutStateReason).to.equal(
      `ECS deployment circuit breaker: rolling back to deploymentId ${primary?.id}.`,
    );
    expect(failed).to.include({
      status: "ACTIVE",
      rolloutState: "FAILED",
      rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
      failedTasks: 3,
    });
    const template = ({ deployment }: ServiceState): unknown => deployment?.spec?.template;
    expect(template(of)).to.deep.equal(template(before));
    expect(messages(of).slice(0, 2)).to.deep.equal([
      `(service web) rolling back to deployment ${primary?.id}.`,
      `(service web) (deployment ${failed?.id}) deployment failed: tasks failed to start.`,
    ]);
    expect(of.service.spec.taskDefinition).to.equal("web:2");
  });

  it("ends when the old deployment is alone, and then changes nothing any more", () => {
    const failed = reconciled(failing(steady(), 3), after(70));
    expect(reconciled(failed, after(70)).service.status).to.deep.equal(failed.service.status);
    const done = reconciled({ ...failed, replicaSets: [] }, after(71));
    expect(summary(done)).to.deep.equal([["PRIMARY", "COMPLETED", "1"]]);
    expect(done.service.status?.rollout).to.include({ status: "ROLLBACK_SUCCESSFUL" });
    expect(messages(done)[0]).to.equal("(service web) has reached a steady state.");
    expect(done.service.status?.conditions?.find(({ status }) => status === "True")).to.include({
      type: "Stalled",
      reason: "RolledBack",
    });
    const again = reconciled(done, after(3600));
    expect(again.service.status).to.deep.equal(done.service.status);
    expect(again.deployment).to.deep.equal(done.deployment);
  });

  it("is kept up when the task definition that failed is deregistered", () => {
    const failed = reconciled(failing(steady(), 3), after(70));
    const done = reconciled({ ...failed, replicaSets: [] }, after(71));
    const again = reconciled({ ...done, taskDefinition: found(2) }, after(100));
    expect(summary(again)).to.deep.equal([["PRIMARY", "COMPLETED", "1"]]);
  });

  it("has nothing to go to from a first deployment, whose Deployment then starts nothing", () => {
    const first = state({
      service: service({ taskDefinition: "web:2", deploymentConfiguration: { deploymentCircuitBreaker } }),
    });
    const of = failing(first, 3);
    const failed = reconciled(of, after(70));
    expect(failed.service.status?.deployments?.[0]).to.include({ status: "PRIMARY", rolloutState: "FAILED" });
    expect(failed.deployment?.spec).to.deep.include({ replicas: 0, paused: true, strategy: { type: "Recreate" } });
    expect(failed.service.status?.conditions?.find(({ status }) => status === "True")?.reason).to.equal(
      "DeploymentFailed",
    );
    expect(reconciled(failed, after(900)).service.status).to.deep.equal(failed.service.status);
  });

  it("keeps new tasks from counting before they have proved themselves", () => {
    expect(failing(steady(), 0).deployment?.spec?.minReadySeconds).to.equal(10);
    expect(steady().deployment?.metadata?.annotations).to.have.property(ANNOTATIONS.templateHash);
  });
});

describe("the record of a service deployment", () => {
  const recordOf = (of: ServiceState, now: Date, before = deploymentRecord(of, of.rollout!)) =>
    deploymentRecordStatus(of, of.rollout!, { entries: of.service.status?.deployments ?? [], before, identity, now });

  it("says what ECS does of a rollback", () => {
    const of = reconciled(failing(steady(), 3), after(70));
    const status = recordOf(of, after(70));
    expect(status).to.include({
      status: "ROLLBACK_IN_PROGRESS",
      statusReason: "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    });
    expect(status.deploymentCircuitBreaker).to.deep.equal({ status: "TRIGGERED", failureCount: 3, threshold: 3 });
    expect(status.rollback?.serviceRevisionArn).to.equal(status.sourceServiceRevisions?.[0]?.arn);
    expect(status.sourceServiceRevisions?.[0]).to.include({ runningTaskCount: 2 });
  });

  it("does not change while nothing else does", () => {
    const of = steady();
    const before = { ...deploymentRecord(of, of.rollout!), status: recordOf(of, after(20)) };
    expect(recordOf(of, after(900), before)).to.deep.equal(before.status);
  });
});
