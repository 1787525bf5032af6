import { expect } from "chai";
import type { DeploymentConfiguration } from "#model/generated/types.generated.ts";
import { LABELS } from "#lib/ecs/labels.ts";
import type { ReplicaSet } from "#lib/kube/resources.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { after, digitsOf, service, start, state, task } from "./testing/fixtures.ts";
import { found, reconciled } from "./testing/reconciled.ts";

type Cleanup = "BLOCKING" | "DEFERRED";

/** Revision 1 runs with three tasks; 2 has been asked for, with half of the tasks as its criteria. */
function begun(sourceServiceRevisionCleanup: Cleanup, more: DeploymentConfiguration = {}): ServiceState {
  const earlySuccessCriteria = { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup };
  const deploymentConfiguration = { minimumHealthyPercent: 50, earlySuccessCriteria, ...more };
  const wanted = service({ taskDefinition: "web:1", desiredCount: 3, deploymentConfiguration });
  const first = reconciled(state({ service: wanted }), start);
  const tasks = ["a", "b", "c"].map((id) => running(id, digitsOf(first), 1));
  const complete = reconciled({ ...first, tasks }, after(20));
  const asked = { ...complete.service, spec: { ...complete.service.spec, taskDefinition: "web:2" } };
  return reconciled({ ...complete, service: asked, taskDefinition: found(2) }, after(60));
}

const running = (id: string, digits: string, seconds: number): ServiceTask =>
  task(id, digits, { startedAt: after(seconds).toISOString(), createdAt: after(seconds).toISOString() });

/** With tasks of revision 2 that run since 61 s, and one that finds no place; the old ones stay or have gone. */
function with2(of: ServiceState, count: number, old: "stay" | "gone"): ServiceState {
  const digits = digitsOf(of);
  const fresh = Array.from({ length: count }, (_, index) => running(`n${index}`, digits, 61));
  const pending = task("p", digits, { phase: "PENDING", placed: false, createdAt: after(61).toISOString() });
  const replicaSet: ReplicaSet = {
    metadata: { name: "web-2", uid: "rs-2", labels: { [LABELS.deployment]: digits } },
    spec: { replicas: 3, selector: {} },
  };
  return { ...of, tasks: [...(old === "stay" ? of.tasks : []), ...fresh, pending], replicaSets: [replicaSet] };
}

const outcome = ({ service: { status } }: ServiceState): unknown => [
  status?.deployments?.[0]?.rolloutState,
  status?.rollout?.status,
];
const COMPLETE = ["COMPLETED", "SUCCESSFUL"];
const UNDER_WAY = ["IN_PROGRESS", "IN_PROGRESS"];

describe("early success criteria", () => {
  it("complete a deployment with the share of tasks that they ask for, rounded up", () => {
    expect(outcome(reconciled(with2(begun("DEFERRED"), 1, "stay"), after(62)))).to.deep.equal(UNDER_WAY);
    const two = reconciled(with2(begun("DEFERRED"), 2, "stay"), after(62));
    expect(outcome(two)).to.deep.equal(COMPLETE);
    const [event] = two.service.status?.events ?? [];
    expect(event?.message).to.match(/deployment completed\.$/);
    expect(two.service.status?.deployments, "the old tasks are still there").to.have.length(2);
    expect(two.service.status?.lastCompleted?.deployment).to.equal(digitsOf(two));
  });

  it("wait for the tasks before where cleaning up blocks", () => {
    expect(outcome(reconciled(with2(begun("BLOCKING"), 2, "stay"), after(62)))).to.deep.equal(UNDER_WAY);
    expect(outcome(reconciled(with2(begun("BLOCKING"), 2, "gone"), after(62)))).to.deep.equal(COMPLETE);
  });

  it("mean nothing while they are not enabled", () => {
    const earlySuccessCriteria = { enable: false, healthyPercent: 50 };
    const of = begun("DEFERRED", { earlySuccessCriteria });
    expect(outcome(reconciled(with2(of, 2, "gone"), after(62)))).to.deep.equal(UNDER_WAY);
  });

  it("count healthy tasks, and end what the circuit breaker watches", () => {
    const of = with2(begun("DEFERRED", { deploymentCircuitBreaker: { enable: true, rollback: true } }), 2, "stay");
    expect(outcome(reconciled(of, after(70))), "a task is healthy after ten seconds").to.deep.equal(UNDER_WAY);
    const complete = reconciled(of, after(71));
    expect(outcome(complete)).to.deep.equal(COMPLETE);
    const failed = Array.from({ length: 9 }, (_, index) =>
      task(`f${index}`, digitsOf(of), { phase: "STOPPED", failed: true, stoppedAt: after(80 + index).toISOString() }),
    );
    const later = reconciled({ ...complete, tasks: [...complete.tasks, ...failed] }, after(100));
    expect(outcome(later)).to.deep.equal(COMPLETE);
  });
});
