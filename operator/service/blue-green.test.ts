import { expect } from "chai";

import { LABELS } from "#lib/ecs/labels.ts";
import type { DeploymentConfiguration, DeploymentLifecycleHookStage } from "#model/generated/types.generated.ts";
import type { ECSAlarm, ECSServiceDeployment } from "#model/generated/resources.generated.ts";
import { considered } from "./considered.ts";
import { desiredService } from "./desired.ts";
import { HOLD_SECONDS } from "./protection.ts";
import { deploymentRecordStatus, revisionRecord } from "./records.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { serviceStatus } from "./status.ts";
import { after, applied, identity, service, start, state, task, taskDefinition } from "./testing/fixtures.ts";

const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;
const found = (revision: number) => ({ found: { resource: taskDefinition(revision), revision, arn: arn(revision) } });
const ALARMS = { alarmNames: ["slow"], enable: true, rollback: true };

/** A reconcile: what is considered, applied once it is written down, written and recorded, as the controller does it. */
function reconciled(observed: ServiceState, now: Date): ServiceState {
  const before = considered(observed, identity, now);
  const isWritten = observed.service.status?.rollout?.id === before.rollout?.id;
  const seen = isWritten ? applied(before) : before;
  const { status } = serviceStatus(seen, desiredService(seen, identity), { identity, now });
  const { rollout } = seen;
  const known = observed.serviceRevisions.some(({ spec }) => spec.id === rollout?.revision);
  const serviceRevisions = [
    ...observed.serviceRevisions,
    ...(rollout && !known ? [revisionRecord(seen, rollout)] : []),
  ];
  const revision = serviceRevisions.find(({ spec }) => spec.id === status.lastCompleted?.revision);
  const { rollout: _rollout, ...others } = observed;
  return {
    ...others,
    service: { ...observed.service, status },
    ...(seen.deployment && { deployment: seen.deployment }),
    serviceRevisions,
    ...(revision && {
      completed: { revision, taskDefinition: found(Number(revision.spec.taskDefinition?.split(":").at(-1))) },
    }),
  };
}

/** Reconciles until nothing changes, each change being seen at once. */
function settledAt(observed: ServiceState, now: Date): ServiceState {
  let last = observed;
  for (let look = 0; look < 30; look += 1) {
    const next = reconciled(last, now);
    if (JSON.stringify(next.service.status) === JSON.stringify(last.service.status)) return next;
    last = next;
  }
  throw new Error("it does not settle");
}

const rolloutOf = ({ service }: ServiceState) => service.status!.rollout!;
const lifecycleOf = (of: ServiceState) => rolloutOf(of).lifecycle!;
const templateOf = ({ deployment }: ServiceState): string =>
  deployment?.spec?.template.metadata?.labels?.[LABELS.deployment] ?? "";
const runningOf = (digits: string, name: string): ServiceTask[] =>
  ["a", "b"].map((id) => task(`${name}${id}`, digits, { startedAt: after(1).toISOString() }));

function asking(of: ServiceState, revision: number, deploymentConfiguration: DeploymentConfiguration): ServiceState {
  const spec = { ...of.service.spec, taskDefinition: `web:${revision}`, deploymentConfiguration };
  return { ...of, service: { ...of.service, spec }, taskDefinition: found(revision) };
}

const pause = (...lifecycleStages: DeploymentLifecycleHookStage[]) => ({
  strategy: "BLUE_GREEN" as const,
  lifecycleHooks: [{ targetType: "PAUSE" as const, lifecycleStages }],
});

/** Revision 1 runs and is complete; it was brought up through the stages. */
function steady(): { of: ServiceState; blue: string } {
  const made = state({
    service: service({ taskDefinition: "web:1", deploymentConfiguration: { strategy: "BLUE_GREEN" } }),
  });
  const begun = settledAt(made, start);
  const blue = templateOf(begun);
  const of = settledAt({ ...begun, tasks: runningOf(blue, "blue") }, after(20));
  return { of, blue };
}

describe("a blue/green deployment of a service", () => {
  it("of its first revision is complete only after the last stage", () => {
    const made = state({ service: service({ deploymentConfiguration: pause("POST_SCALE_UP") }) });
    const begun = settledAt(made, start);
    const held = settledAt({ ...begun, tasks: runningOf(templateOf(begun), "x") }, after(20));
    expect(lifecycleOf(held)).to.include({ stage: "POST_SCALE_UP", production: 100 });
    expect(held.service.status?.deployments?.[0]?.rolloutState).to.equal("IN_PROGRESS");
    const { of, blue } = steady();
    expect(rolloutOf(of)).to.include({ status: "SUCCESSFUL", deployment: blue });
    expect(of.service.status?.lastCompleted?.deployment).to.equal(blue);
  });

  it("of its first revision starts nothing before PRE_SCALE_UP is over", () => {
    const made = state({ service: service({ deploymentConfiguration: pause("PRE_SCALE_UP") }) });
    const held = settledAt(made, start);
    expect(lifecycleOf(held).stage).to.equal("PRE_SCALE_UP");
    expect(held.deployment?.spec?.replicas).to.equal(0);
  });

  it("shifts from what runs, where nothing was ever complete", () => {
    const rolling = reconciled(state({ service: service({ taskDefinition: "web:1" }) }), start);
    const running = reconciled({ ...rolling, tasks: runningOf(templateOf(rolling), "old").slice(1) }, after(20));
    expect(running.service.status).to.not.have.property("lastCompleted");
    const shifting = settledAt(asking(running, 2, { strategy: "BLUE_GREEN" }), after(60));
    expect(lifecycleOf(shifting)).to.include({ stage: "SCALE_UP", source: templateOf(rolling), production: 0 });
    expect(shifting.deployment?.spec).to.include({ minReadySeconds: HOLD_SECONDS });
  });

  it("returns to what did not fit the strategy yet", () => {
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
    const loadBalancers = [{ targetGroupArn, containerName: "web", containerPort: 80 }];
    const rolling = settledAt(state({ service: service({ taskDefinition: "web:1", loadBalancers }) }), start);
    const blue = templateOf(rolling);
    const steady = settledAt({ ...rolling, tasks: runningOf(blue, "blue") }, after(20));
    const configuration = { ...pause("POST_SCALE_UP"), alarms: ALARMS };
    const asked = asking(steady, 2, configuration);
    const spec = { ...asked.service.spec, loadBalancers: [] };
    const held = settledAt({ ...asked, service: { ...asked.service, spec } }, after(60));
    const alarm = { metadata: { name: "slow" }, spec: { state: "ALARM" } } as ECSAlarm;
    const back = settledAt({ ...held, alarms: [alarm] }, after(90));
    expect(rolloutOf(back).status).to.be.oneOf(["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]);
    expect(templateOf(back)).to.equal(blue);
    expect(back.service.status?.conditions?.find(({ type }) => type === "Stalled")?.reason).to.not.equal(
      "InvalidDeploymentStrategy",
    );
  });

  it("is written down before anything is done", () => {
    const { of, blue } = steady();
    const begun = reconciled(asking(of, 2, { strategy: "BLUE_GREEN" }), after(60));
    expect(lifecycleOf(begun)).to.include({ stage: "PRE_SCALE_UP", source: blue, production: 0 });
    expect(templateOf(begun)).to.equal(blue);
  });

  it("leaves the Deployment as it is until it is to scale up", () => {
    const { of, blue } = steady();
    const held = settledAt(asking(of, 2, pause("PRE_SCALE_UP")), after(60));
    expect(lifecycleOf(held).stage).to.equal("PRE_SCALE_UP");
    expect(templateOf(held)).to.equal(blue).and.not.equal(rolloutOf(held).deployment);
    expect(held.deployment?.spec?.template.spec).to.deep.equal(of.deployment?.spec?.template.spec);
    expect(
      held.service.status?.deployments?.map(({ status, taskDefinition }) => [status, taskDefinition]),
    ).to.deep.equal([
      ["PRIMARY", arn(2)],
      ["ACTIVE", arn(1)],
    ]);
  });

  /** Green runs beside blue, at a pause in that stage. */
  function heldAt(stage: "POST_SCALE_UP" | "POST_PRODUCTION_TRAFFIC_SHIFT", more: DeploymentConfiguration = {}) {
    const { of, blue } = steady();
    const scaling = settledAt(asking(of, 2, { ...pause(stage), ...more }), after(60));
    const green = rolloutOf(scaling).deployment;
    const tasks = [...scaling.tasks, ...runningOf(green, "green")];
    return { of: settledAt({ ...scaling, tasks }, after(80)), scaling, blue, green };
  }

  it("holds as many new Pods beside the old ones, and lets them go at its end", () => {
    const { of, scaling, blue, green } = heldAt("POST_SCALE_UP");
    expect(templateOf(scaling)).to.equal(green);
    expect(scaling.deployment?.spec).to.deep.include({
      replicas: 2,
      minReadySeconds: HOLD_SECONDS,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } },
    });
    const [hook] = lifecycleOf(of).hooks!;
    const record = {
      spec: { id: rolloutOf(of).id, hookActions: { [hook!.id]: "CONTINUE" } },
    } as unknown as ECSServiceDeployment;
    const cleaning = settledAt({ ...of, serviceDeployments: [record] }, after(90));
    expect(lifecycleOf(cleaning)).to.include({ stage: "CLEAN_UP", production: 100, test: 100, source: blue });
    expect(cleaning.deployment?.spec).to.not.have.property("minReadySeconds");
    expect(rolloutOf(cleaning).status).to.equal("IN_PROGRESS");
    const tasks = cleaning.tasks.filter(({ deployment }) => deployment === green);
    expect(rolloutOf(settledAt({ ...cleaning, tasks }, after(95))).status).to.equal("SUCCESSFUL");
  });

  it("scales both revisions with the service", () => {
    const { of } = heldAt("POST_SCALE_UP");
    const more = { ...of.service, spec: { ...of.service.spec, desiredCount: 5 } };
    const scaled = settledAt({ ...of, service: more }, after(90));
    expect(scaled.deployment?.spec).to.deep.include({ replicas: 5 });
    expect(scaled.deployment?.spec?.strategy?.rollingUpdate).to.deep.equal({ maxUnavailable: 0, maxSurge: 5 });
    expect(rolloutOf(scaled).id).to.equal(rolloutOf(of).id);
  });

  it("returns with all traffic when an alarm is raised after the shift", () => {
    const { of, blue } = heldAt("POST_PRODUCTION_TRAFFIC_SHIFT", { alarms: ALARMS });
    expect(lifecycleOf(of)).to.include({ production: 100 });
    const alarm = { metadata: { name: "slow" }, spec: { state: "ALARM" } } as ECSAlarm;
    const back = settledAt({ ...of, alarms: [alarm] }, after(90));
    expect(rolloutOf(back)).to.include({ status: "ROLLBACK_IN_PROGRESS", failedBy: "ALARMS" });
    expect(lifecycleOf(back)).to.include({ production: 0, test: 0, stage: "CLEAN_UP" });
    expect(templateOf(back)).to.equal(blue);
    const tasks = back.tasks.filter(({ deployment }) => deployment === blue);
    const done = settledAt({ ...back, tasks, alarms: [] }, after(100));
    expect(rolloutOf(done).status).to.equal("ROLLBACK_SUCCESSFUL");
    expect(done.service.status?.lastCompleted?.deployment).to.equal(blue);
  });

  it("does not return once what it would return to is being removed", () => {
    const { of, scaling, green } = heldAt("POST_PRODUCTION_TRAFFIC_SHIFT");
    const { service } = of;
    const lifecycle = { ...lifecycleOf(of), stage: "CLEAN_UP" as const, hooks: [] };
    const rollout = { ...rolloutOf(of), lifecycle };
    const record = { spec: { id: rollout.id, stopType: "ROLLBACK" } } as ECSServiceDeployment;
    const cleaning = {
      ...of,
      service: { ...service, status: { ...service.status!, rollout } },
      serviceDeployments: [record],
    };
    expect(rolloutOf(settledAt(cleaning, after(90))).status).to.equal("IN_PROGRESS");
    expect(templateOf(scaling)).to.equal(green);
  });

  it("is the source of the next one if it has all production traffic, and else what ran before it", () => {
    const shifted = heldAt("POST_PRODUCTION_TRAFFIC_SHIFT");
    const next = reconciled(asking(shifted.of, 3, { strategy: "BLUE_GREEN" }), after(100));
    expect(lifecycleOf(next)).to.include({ source: shifted.green, production: 0, stage: "RECONCILE_SERVICE" });
    expect(next.service.status?.lastCompleted?.deployment).to.equal(shifted.green);
    const waiting = settledAt(next, after(100));
    expect(lifecycleOf(waiting).stage).to.equal("RECONCILE_SERVICE");
    expect(templateOf(waiting)).to.equal(shifted.green);
    expect(waiting.deployment?.spec).to.not.have.property("minReadySeconds");
    const tasks = waiting.tasks.filter(({ deployment }) => deployment === shifted.green);
    expect(lifecycleOf(settledAt({ ...waiting, tasks }, after(110))).stage).to.equal("SCALE_UP");

    const unshifted = heldAt("POST_SCALE_UP");
    const other = settledAt(asking(unshifted.of, 3, { strategy: "BLUE_GREEN" }), after(100));
    expect(lifecycleOf(other)).to.include({ source: unshifted.blue, stage: "RECONCILE_SERVICE" });
    expect(templateOf(other)).to.equal(unshifted.blue);
  });

  it("is described with its stage, its hooks and the weights that were asked for", () => {
    const { of } = heldAt("POST_PRODUCTION_TRAFFIC_SHIFT");
    const seen = considered(of, identity, after(90));
    const entries = of.service.status?.deployments ?? [];
    const status = deploymentRecordStatus(seen, rolloutOf(of), {
      entries,
      before: undefined,
      identity,
      now: after(90),
    });
    expect(status).to.include({ lifecycleStage: "POST_PRODUCTION_TRAFFIC_SHIFT" });
    expect(status.lifecycleHookDetails?.map(({ hookId, status: is }) => [hookId, is])).to.deep.equal([
      [lifecycleOf(of).hooks![0]!.id, "AWAITING_ACTION"],
    ]);
    expect(status.targetServiceRevision).to.include({ requestedProductionTrafficWeight: 100, runningTaskCount: 2 });
    expect(status.sourceServiceRevisions?.[0]).to.include({ requestedProductionTrafficWeight: 0, runningTaskCount: 2 });
  });
});
