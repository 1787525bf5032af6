import { expect } from "chai";

import { LABELS } from "#lib/ecs/labels.ts";
import type { DaemonSet } from "#lib/kube/resources.ts";
import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import { daemonUpdate, withDaemonCount } from "./daemon.ts";
import { desiredService } from "./desired.ts";
import type { ServiceState } from "./state.ts";
import { serviceStatus } from "./status.ts";
import { after, identity, service, start, state, task } from "./testing/fixtures.ts";

const daemonSpec: ECSServiceSpec = { schedulingStrategy: "DAEMON" };
const { desiredCount: _, ...plain } = service(daemonSpec).spec;
const daemon = (more: ECSServiceSpec = {}) => ({ ...service(), spec: { ...plain, ...more } });

/** The state of a daemon whose DaemonSet has been applied and finds so many nodes. */
function applied(of: ServiceState, nodes: number, updated = nodes): ServiceState {
  const desired = desiredService(of, identity);
  if (!("daemonSet" in desired)) throw new Error(JSON.stringify(desired));
  const status = { observedGeneration: 1, desiredNumberScheduled: nodes, updatedNumberScheduled: updated };
  const daemonSet = {
    ...desired.daemonSet,
    metadata: { ...desired.daemonSet.metadata, generation: 1 },
    status,
  } as DaemonSet;
  return { ...of, daemonSet, service: withDaemonCount(of.service, daemonSet) };
}
const digitsOf = ({ daemonSet }: ServiceState): string =>
  daemonSet?.spec?.template.metadata?.labels?.[LABELS.deployment] ?? "";
const statusOf = (of: ServiceState, now = start) =>
  serviceStatus(of, desiredService(of, identity), { identity, now }).status;

describe("a daemon service", () => {
  const first = applied(state({ service: daemon() }), 2);
  const running = (count: number): ServiceState => ({
    ...first,
    tasks: Array.from({ length: count }, (_, index) => task(`t${index}`, digitsOf(first))),
  });

  it("is a DaemonSet with the Pods that a Deployment would have", () => {
    const { metadata, spec } = first.daemonSet!;
    expect(metadata).to.include({ name: "web", namespace: "team" });
    expect(metadata?.ownerReferences?.[0]).to.include({ kind: "ECSService", controller: true });
    expect(spec?.template.metadata?.labels).to.include({ "kecs.io/service": "web", "kecs.io/service-object": "web" });
    expect(spec).to.not.have.property("replicas");
  });

  it("asks for as many tasks as there are nodes for it", () => {
    expect(statusOf(running(1))).to.include({ desiredCount: 2, runningCount: 1 });
    expect(statusOf(running(1)).deployments?.[0]).to.include({ desiredCount: 2, rolloutState: "IN_PROGRESS" });
    expect(statusOf(running(2)).deployments?.[0]).to.include({ rolloutState: "COMPLETED" });
    expect(statusOf({ ...first, daemonSet: undefined! }).desiredCount).to.equal(2);
  });

  it("does not change while nothing else does", () => {
    const of = running(2);
    const written = { ...of, service: { ...of.service, status: statusOf(of) } };
    expect(statusOf(written, after(3600))).to.deep.equal(written.service.status);
  });

  it("is not complete before its DaemonSet has reached every node", () => {
    const of = applied(state({ service: daemon() }), 2, 1);
    const tasks = [task("a", digitsOf(of)), task("b", digitsOf(of))];
    expect(statusOf({ ...of, tasks }).deployments?.[0]).to.include({ rolloutState: "IN_PROGRESS" });
  });

  const updates: [string, number, number | undefined, string | number][] = [
    ["all at once unless told otherwise", 5, undefined, "100%"],
    ["as many as may be missing, the lower limit rounded up", 5, 50, 2],
    ["at least one at a time", 3, 100, 1],
    ["one at a time before nodes are known", 0, 50, 1],
  ];
  for (const [what, nodes, minimumHealthyPercent, maxUnavailable] of updates) {
    it(`replaces its tasks ${what}`, () => {
      const deploymentConfiguration = minimumHealthyPercent === undefined ? {} : { minimumHealthyPercent };
      const of = daemon({ deploymentConfiguration, desiredCount: nodes });
      expect(daemonUpdate(of).rollingUpdate?.maxUnavailable).to.equal(maxUnavailable);
    });
  }

  const refused: [string, ECSServiceSpec][] = [
    ["placement strategies", { placementStrategy: [{ type: "random" }] }],
    ["Fargate", { launchType: "FARGATE" }],
    ["room for more tasks than nodes", { deploymentConfiguration: { maximumPercent: 200 } }],
  ];
  for (const [what, spec] of refused) {
    it(`cannot have ${what}`, () => {
      const desired = desiredService(state({ service: daemon(spec) }), identity);
      expect("problem" in desired && desired.problem.reason).to.equal("InvalidDaemon");
    });
  }
});
