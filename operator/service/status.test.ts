import { expect } from "chai";

import type { DeploymentInResource } from "#model/generated/resources.generated.ts";
import type { ServiceState } from "./state.ts";
import {
  after,
  applied,
  digitsOf,
  service,
  start,
  state,
  statusOf,
  task,
  taskDefinition,
  written,
} from "./testing/fixtures.ts";

const condition = (of: ServiceState, now: Date, type: string) =>
  statusOf(of, now).status.conditions?.find((each) => each.type === type);
const messages = (of: ServiceState): string[] => (of.service.status?.events ?? []).map(({ message = "" }) => message);

/** Two tasks run and the status says so. */
function steady(): ServiceState {
  const first = applied(state());
  const digits = digitsOf(first);
  return written({ ...first, tasks: [task("a", digits), task("b", digits)] }, start);
}

/** The steady service with another revision, whose Deployment has been applied and has one task. */
function rolling(): ServiceState {
  const before = steady();
  const next = applied({
    ...before,
    taskDefinition: {
      found: {
        resource: taskDefinition(2),
        revision: 2,
        arn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:2",
      },
    },
  });
  return { ...next, tasks: [...before.tasks, task("c", digitsOf(next), { createdAt: "2026-11-21T10:01:00Z" })] };
}

describe("the status of a service", () => {
  it("counts a task before its record is written, and calls nothing steady yet", () => {
    const of = applied(state());
    const { status } = statusOf({ ...of, tasks: [task("a", digitsOf(of), { phase: "PENDING" })] }, start);
    expect(status).to.include({ status: "ACTIVE", desiredCount: 2, runningCount: 0, pendingCount: 1 });
    expect(status.deployments).to.have.length(1);
    expect(status.deployments?.[0]).to.include({ status: "PRIMARY", rolloutState: "IN_PROGRESS", pendingCount: 1 });
    expect(status.conditions?.map(({ type, status }) => [type, status])).to.deep.equal([
      ["Ready", "False"],
      ["Reconciling", "True"],
      ["Stalled", "False"],
    ]);
  });

  it("is Ready and COMPLETED once all tasks run", () => {
    const { status } = steady().service;
    expect(status).to.include({
      runningCount: 2,
      pendingCount: 0,
      observedGeneration: 1,
      serviceArn: "arn:aws:ecs:us-east-1:000000000000:service/shop/web",
      selector: "app.kubernetes.io/managed-by=kecs,kecs.io/service-object=web",
    });
    const id = status?.deployments?.[0]?.id ?? "";
    expect(id).to.match(/^ecs-svc\/\d{19}$/);
    expect(status?.deployments?.[0]).to.include({
      rolloutState: "COMPLETED",
      rolloutStateReason: `ECS deployment ${id} completed.`,
    });
    expect(condition(steady(), start, "Ready")?.status).to.equal("True");
  });

  it("does not change while nothing else does", () => {
    const of = steady();
    const again = statusOf(of, after(3600));
    expect(again.status).to.deep.equal(of.service.status);
    expect(again.events).to.deep.equal([]);
  });

  it("waits for the Deployment's controller to see the wish", () => {
    const of = steady();
    const scaled = { ...of, service: { ...of.service, spec: { ...of.service.spec, desiredCount: 0 } }, tasks: [] };
    expect(condition(scaled, after(1), "Ready")?.status).to.equal("False");
    expect(condition(applied(scaled), after(1), "Ready")?.status).to.equal("True");
  });

  it("shows the old deployment as ACTIVE as long as it has tasks", () => {
    const { status } = statusOf(rolling(), after(61));
    const summary = status.deployments?.map((entry: DeploymentInResource) => [
      entry.status,
      entry.rolloutState,
      entry.runningCount,
      entry.taskDefinition?.split(":").at(-1),
    ]);
    expect(summary).to.deep.equal([
      ["PRIMARY", "IN_PROGRESS", 1, "2"],
      ["ACTIVE", "COMPLETED", 2, "1"],
    ]);
    expect(status.taskDefinition).to.match(/:2$/);
  });

  it("completes a rollout when the old tasks have gone", () => {
    const of = written(rolling(), after(61));
    const done = written(
      { ...of, tasks: [task("c", digitsOf(of)), task("d", digitsOf(of), { createdAt: "2026-11-21T10:01:02Z" })] },
      after(65),
    );
    expect(done.service.status?.deployments).to.have.length(1);
    expect(messages(done).slice(0, 2)).to.deep.equal([
      "(service web) has reached a steady state.",
      `(service web) (deployment ${done.service.status?.deployments?.[0]?.id}) deployment completed.`,
    ]);
  });

  it("keeps what runs when the task definition cannot be found any more", () => {
    const of = { ...steady(), taskDefinition: { problem: { reason: "TaskDefinitionNotFound", message: "gone" } } };
    const { status } = statusOf(of, after(5));
    expect(status.deployments).to.deep.equal(of.service.status?.deployments);
    expect(status.runningCount).to.equal(2);
    expect(condition(of, after(5), "Stalled")).to.include({ status: "True", message: "gone" });
  });

  it("leaves the ARN to the older service of the same name", () => {
    const { status } = statusOf(state({ elder: "other/web" }), start);
    expect(Object.keys(status).sort()).to.deep.equal(["conditions", "observedGeneration"]);
    expect(condition(state({ elder: "other/web" }), start, "Stalled")?.reason).to.equal("NameConflict");
  });

  it("is DRAINING and wants nothing once deleted", () => {
    const of = steady();
    const deleted = {
      ...of,
      service: { ...of.service, metadata: { ...of.service.metadata, deletionTimestamp: "2026-11-21T10:02:00Z" } },
    };
    const { status } = statusOf(deleted, after(120));
    expect(status).to.include({ status: "DRAINING", desiredCount: 0, runningCount: 2 });
  });

  it("counts the failures of the present deployment, and lets it prove itself after one", () => {
    const first = written(applied(state({ service: service({ desiredCount: 1 }) })), start);
    const digits = digitsOf(first);
    const failed = task("a", digits, { phase: "STOPPED", failed: true, stoppedAt: "2026-11-21T10:00:05Z" });
    const of = { ...first, tasks: [failed, task("b", digits, { startedAt: "2026-11-21T10:00:06Z" })] };
    const soon = statusOf(of, after(7));
    expect(soon.status.deployments?.[0]).to.include({ failedTasks: 1, rolloutState: "IN_PROGRESS" });
    expect(soon.againInMs).to.equal(9000);
    expect(statusOf(of, after(16)).status.deployments?.[0]).to.include({ rolloutState: "COMPLETED" });
  });

  it("says why a task finds no node", () => {
    const of = applied(state());
    const unplaceable = "0/3 nodes are available: insufficient memory.";
    const waiting = { ...of, tasks: [task("a", digitsOf(of), { phase: "PENDING", placed: false, unplaceable })] };
    expect(condition(waiting, start, "Ready")).to.include({ reason: "TaskNotPlaced" });
    const once = written(waiting, start);
    expect(messages(once)).to.have.length(1);
    expect(messages(once)[0]).to.include("was unable to place a task").and.include("insufficient memory");
    expect(messages(written(once, after(60)))).to.deep.equal(messages(once));
  });
});
