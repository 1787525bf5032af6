import { expect } from "chai";
import { LABELS } from "#lib/ecs/labels.ts";
import { taskSetDigits, taskSetId } from "#lib/ecs/task-set.ts";
import { targetGroupServiceName } from "#lib/ecs/traffic/names.ts";
import type { ECSService, ECSTaskSet, ECSTaskSetSpec } from "#model/generated/resources.generated.ts";
import { asSeenByTasks } from "../service/as-seen-by-tasks.ts";
import { desiredService } from "../service/desired.ts";
import type { ServiceState } from "../service/state.ts";
import { serviceStatus } from "../service/status.ts";
import { after, applied, identity, service, start, state, task } from "../service/testing/fixtures.ts";
import type { TaskSetState } from "./state.ts";
import { orphanStatus, taskSetStatus } from "./status.ts";

const EXTERNAL = { deploymentController: { type: "EXTERNAL" as const }, desiredCount: 3 };

function external(spec: ECSService["spec"] = {}): ECSService {
  const { taskDefinition: _, ...others } = service().spec;
  return { ...service(), spec: { ...others, ...EXTERNAL, ...spec } };
}

function taskSet(spec: Partial<ECSTaskSetSpec> = {}, name = "web-blue"): ECSTaskSet {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskSet",
    metadata: { name, namespace: "team", uid: name, generation: 1, creationTimestamp: "2026-11-21T10:00:00Z" },
    spec: { service: "web", taskDefinition: "web:1", scale: { value: 50, unit: "PERCENT" }, ...spec },
  };
}

function given(of = taskSet(), more: Partial<ServiceState> = {}, owner = external()): TaskSetState {
  const seen = state({ service: asSeenByTasks(owner, of), taskSet: of, ...more });
  return { taskSet: of, service: owner, seen, primary: false };
}

const statusOf = (of: TaskSetState, now = start) =>
  taskSetStatus(of, desiredService(of.seen, identity), { identity, now }).status;

/** With its Deployment and two tasks that have run for a while. */
function running(of = taskSet()): TaskSetState {
  const observed = given(of);
  const digits = taskSetDigits(of);
  const tasks = ["t1", "t2"].map((id) => task(id, digits, { startedAt: start.toISOString() }));
  return { ...observed, seen: { ...applied(observed.seen), tasks } };
}

describe("the Deployment of a task set", () => {
  const deploymentOf = (of: TaskSetState) => {
    const desired = desiredService(of.seen, identity);
    if (!("deployment" in desired)) throw new Error(JSON.stringify(desired));
    return desired.deployment;
  };

  it("has its name, belongs to it, and finds its Pods by its id", () => {
    const { metadata, spec } = deploymentOf(given());
    const digits = taskSetDigits(taskSet());
    expect(metadata?.name).to.equal("web-blue");
    expect(metadata?.ownerReferences?.map(({ kind, name }) => [kind, name])).to.deep.equal([
      ["ECSTaskSet", "web-blue"],
    ]);
    expect(spec?.replicas).to.equal(2);
    expect(spec?.selector.matchLabels).to.include({ [LABELS.deployment]: digits, [LABELS.serviceObject]: "web" });
    expect(spec?.template.metadata?.labels).to.include(spec?.selector.matchLabels);
  });

  it("keeps its Pods when only its scale or the service's count changes", () => {
    const scaled = deploymentOf(given(taskSet({ scale: { value: 100, unit: "PERCENT" } }), {}, external()));
    expect(scaled.spec?.replicas).to.equal(3);
    expect(scaled.spec?.template).to.deep.equal(deploymentOf(given()).spec?.template);
    expect(deploymentOf(given(taskSet(), {}, external({ desiredCount: 9 }))).spec?.replicas).to.equal(5);
  });

  it("is not made of what a task set cannot have", () => {
    const advancedConfiguration = { alternateTargetGroupArn: "other" };
    const balancer = { targetGroupArn: "arn", containerName: "web", containerPort: 80, advancedConfiguration };
    const desired = desiredService(given(taskSet({ loadBalancers: [balancer] })).seen, identity);
    expect("problem" in desired && desired.problem.reason).to.equal("Unsupported");
  });
});

describe("the status of a task set", () => {
  it("is STABILIZING until its tasks run and have done so for a while", () => {
    expect(statusOf(given())).to.include({ stabilityStatus: "STABILIZING", computedDesiredCount: 2, runningCount: 0 });
    const steady = statusOf(running(), after(60));
    expect(steady).to.include({ stabilityStatus: "STEADY_STATE", runningCount: 2, status: "ACTIVE" });
    expect(steady.stabilityStatusAt).to.equal(after(60).toISOString());
    expect(steady.conditions?.find(({ type }) => type === "Ready")?.status).to.equal("True");
  });

  it("is the same again when nothing has changed", () => {
    const first = statusOf(running(), after(60));
    const again = running({ ...taskSet(), status: first });
    expect(statusOf(again, after(90))).to.deep.equal(first);
  });

  it("says which one is PRIMARY, and that one that goes is DRAINING", () => {
    expect(statusOf({ ...running(), primary: true })).to.include({ status: "PRIMARY" });
    const gone = taskSet();
    gone.metadata.deletionTimestamp = "2026-11-21T10:01:00Z";
    const draining = statusOf({ ...running(gone), primary: true }, after(90));
    expect(draining).to.include({ status: "DRAINING", computedDesiredCount: 0, stabilityStatus: "STABILIZING" });
  });

  it("is Stalled without a service, and keeps what it said", () => {
    const before = { ...taskSet(), status: { computedDesiredCount: 2 } };
    const status = orphanStatus({ taskSet: before, problem: { reason: "ServiceNotFound", message: "no" } }, start);
    expect(status.computedDesiredCount).to.equal(2);
    expect(status.conditions?.find(({ type }) => type === "Stalled")?.reason).to.equal("ServiceNotFound");
  });
});

describe("a service with task sets", () => {
  const seen = (owner: ECSService, taskSets: ECSTaskSet[], more: Partial<ServiceState> = {}) => {
    const of = state({ service: owner, taskSets, ...more });
    return serviceStatus(of, desiredService(of, identity), { identity, now: start }).status;
  };
  const reasonOf = ({ conditions }: { conditions?: { type: string; reason: string }[] }) =>
    conditions?.find(({ type }) => type === "Ready")?.reason;
  const steady = { ...taskSet(), status: statusOf(running(), after(60)) };

  it("waits for a task set, and has no deployments", () => {
    const status = seen(external(), []);
    expect(status).to.deep.include({ deployments: [], taskSets: [] });
    expect(reasonOf(status)).to.equal("NoTaskSet");
  });

  it("shows its task sets, and the task definition of the PRIMARY one", () => {
    const status = seen(external({ primaryTaskSet: "web-blue" }), [steady]);
    expect(status.taskSets?.map(({ id, status: each }) => [id, each])).to.deep.equal([[taskSetId(steady), "PRIMARY"]]);
    expect(status.taskDefinition).to.match(/web:1$/);
    expect(reasonOf(status)).to.equal("SteadyState");
    expect(status.events?.[0]?.message).to.equal("(service web) has reached a steady state.");
    expect(seen(external(), [steady])).to.not.have.property("taskDefinition");
  });

  it("tells of its task sets in ECS's words, and of nothing twice", () => {
    const id = taskSetId(steady);
    const loadBalancers = [{ targetGroupArn: "arn:aws:tg", containerName: "web", containerPort: 80 }];
    const balanced = { ...steady, spec: { ...steady.spec, loadBalancers } };
    const traffic = [targetGroupServiceName(loadBalancers[0]!)];
    const tasks = ["t1", "t2"].map((each) => task(each, taskSetDigits(steady), { traffic }));
    const status = seen(external(), [balanced], { tasks });
    const texts = ({ events = [] }: typeof status) => events.map(({ message = "" }) => message).reverse();
    expect(texts(status)).to.deep.equal([
      `(service web) updated computedDesiredCount for taskSet ${id} to 2.`,
      `(service web, taskSet ${id}) has started 2 tasks: (task t1) (task t2).`,
      `(service web, taskSet ${id}) registered 2 targets in (target-group arn:aws:tg)`,
      `(service web, taskSet ${id}) updated state to STEADY_STATE.`,
      "(service web) has reached a steady state.",
    ]);
    expect(status.targets).to.deep.equal([{ targetGroup: "arn:aws:tg", tasks: ["t1", "t2"] }]);
    const owner = { ...external(), status };
    expect(seen(owner, [balanced], { tasks }).events).to.deep.equal(status.events);

    const restless = { ...balanced, status: { ...balanced.status, stabilityStatusAt: after(90).toISOString() } };
    const leaving = tasks.map((each) => ({
      ...each,
      phase: "STOPPING" as const,
      stoppedByScheduler: true,
      traffic: [],
    }));
    expect(texts(seen(owner, [restless], { tasks: leaving })).slice(5)).to.deep.equal([
      `(service web, taskSet ${id}) has stopped 2 running tasks: (task t1) (task t2).`,
      `(service web, taskSet ${id}) deregistered 2 targets in (target-group arn:aws:tg)`,
      `(service web, taskSet ${id}) has begun draining connections on 2 tasks.`,
      `(service web, taskSet ${id}) updated state to STEADY_STATE.`,
      "(service web) has reached a steady state.",
    ]);
  });

  it("is Stalled with a task set, and without the one that is to be PRIMARY", () => {
    const stalled = {
      ...steady,
      status: orphanStatus({ taskSet: steady, problem: { reason: "X", message: "x" } }, start),
    };
    expect(reasonOf(seen(external(), [stalled]))).to.equal("X");
    expect(reasonOf(seen(external({ primaryTaskSet: "gone" }), [steady]))).to.equal("TaskSetNotFound");
  });

  describe("that CodeDeploy rolls out", () => {
    const codeDeploy = service({
      deploymentController: { type: "CODE_DEPLOY" },
      taskDefinition: "web:1",
      launchType: "EC2",
    });
    const initialOf = (of: Partial<ServiceState>) => {
      const desired = desiredService(state({ service: codeDeploy, taskSets: [], ...of }), identity);
      return "initial" in desired ? desired.initial : desired;
    };

    it("begins with a task set of all its tasks, once", () => {
      expect(initialOf({})).to.deep.include({
        spec: {
          service: "web",
          cluster: "shop",
          taskDefinition: "web:1",
          scale: { value: 100, unit: "PERCENT" },
          launchType: "EC2",
        },
      });
      expect(initialOf({ taskSets: [steady] })).to.equal(undefined);
      expect(initialOf({ service: { ...codeDeploy, status: { taskSets: [] } } })).to.equal(undefined);
    });

    it("still begins with one after it could not be followed at first", () => {
      const status = seen(codeDeploy, [], { clusterExists: false });
      expect(reasonOf(status)).to.equal("ClusterNotFound");
      expect(initialOf({ service: { ...codeDeploy, status } })).to.have.property("kind", "ECSTaskSet");
    });
  });
});
