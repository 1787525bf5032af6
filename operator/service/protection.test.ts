import { expect } from "chai";

import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import type { Deployment, ReplicaSet } from "#lib/kube/resources.ts";
import { heldDeployment, HOLD_SECONDS, protectionEndsInMs, rolloutPlan } from "./protection.ts";
import type { ServiceTask } from "./state.ts";
import { after, service, start, state, task } from "./testing/fixtures.ts";

const OLD = "hash-old";
const NEW = "hash-new";

interface Sizes {
  ready?: number;
  available?: number;
  holding?: boolean;
}

function replicaSet(
  uid: string,
  hash: string,
  replicas: number,
  { ready, available, holding }: Sizes = {},
): ReplicaSet {
  return {
    metadata: {
      uid,
      name: uid,
      creationTimestamp: `2026-11-21T10:00:0${uid.length}Z`,
      annotations: { [ANNOTATIONS.templateHash]: hash },
    },
    spec: { replicas, selector: {}, ...(holding && { minReadySeconds: HOLD_SECONDS }) },
    status: { replicas, readyReplicas: ready ?? replicas, availableReplicas: available ?? (holding ? 0 : replicas) },
  };
}

const deployment = (replicas: number): Deployment => ({ spec: { replicas, selector: {}, template: {} } });

/** Tasks of a ReplicaSet, of which the first `guarded` are protected. */
function tasks(of: string, digits: string, count: number, guarded = 0): ServiceTask[] {
  return Array.from({ length: count }, (_, index) =>
    task(`${of}-${index}`, digits, {
      replicaSet: of,
      ...(index < guarded && { protectedUntil: after(3600 + index).toISOString() }),
    }),
  );
}

const wants = (desiredCount: number, minimumHealthyPercent = 100, maximumPercent = 200) =>
  service({ desiredCount, deploymentConfiguration: { minimumHealthyPercent, maximumPercent } });

describe("new tasks of which a container has ended", () => {
  it("count as if Kubernetes took them for ready, old ones as they are", () => {
    const partlyEnded = (each: ServiceTask): ServiceTask => ({ ...each, partlyEnded: true });
    const of = state({
      service: wants(3),
      deployment: deployment(3),
      replicaSets: [replicaSet("a", OLD, 3), replicaSet("bb", NEW, 2)],
      tasks: [...tasks("a", "1", 3).map(partlyEnded), ...tasks("bb", "2", 2).map(partlyEnded)],
    });
    expect(rolloutPlan(of, NEW)).to.deep.equal({ replicas: 3, maxUnavailable: 2, maxSurge: 3 });
    expect(rolloutPlan({ ...of, tasks: tasks("bb", "2", 2) }, NEW).maxUnavailable).to.equal(0);
  });
});

describe("protected tasks", () => {
  it("change nothing where there are none", () => {
    const of = state({
      service: wants(2),
      deployment: deployment(2),
      replicaSets: [replicaSet("a", OLD, 2)],
      tasks: tasks("a", "1", 2),
    });
    expect(rolloutPlan(of, NEW)).to.deep.equal({ replicas: 2, maxUnavailable: 0, maxSurge: 2 });
    expect(protectionEndsInMs(of, start)).to.equal(Infinity);
  });

  it("are not scaled in, the others are", () => {
    const of = state({
      service: wants(1),
      deployment: deployment(5),
      replicaSets: [replicaSet("a", OLD, 5)],
      tasks: tasks("a", "1", 5, 3),
    });
    expect(rolloutPlan(of, OLD)).to.deep.equal({ replicas: 3, maxUnavailable: 0, maxSurge: 1 });
    expect(heldDeployment(of, "1")).to.equal("ecs-svc/1");
    expect(protectionEndsInMs(of, start)).to.equal(3_600_001);
  });

  it("no longer count once they have stopped", () => {
    const stopped = tasks("a", "1", 3, 3).map((each): ServiceTask => ({ ...each, phase: "STOPPED" }));
    expect(rolloutPlan(state({ service: wants(1), tasks: stopped }), OLD).replicas).to.equal(1);
  });

  const rollouts: [string, ReturnType<typeof wants>, ReplicaSet[], ServiceTask[], object][] = [
    [
      "starts all new tasks beside the old ones where twice as many may run",
      wants(3),
      [replicaSet("a", OLD, 3)],
      tasks("a", "1", 3, 1),
      { replicas: 3, maxUnavailable: 0, maxSurge: 3, hold: { paused: false } },
    ],
    [
      "then stops those old tasks that are not protected",
      wants(3),
      [replicaSet("a", OLD, 3), replicaSet("bb", NEW, 3, { holding: true })],
      tasks("a", "1", 3, 1),
      { replicas: 3, maxUnavailable: 2, maxSurge: 3, hold: { paused: false } },
    ],
    [
      "keeps to its lower limit while new tasks are not ready",
      wants(4, 50, 100),
      [replicaSet("a", OLD, 4)],
      tasks("a", "1", 4, 1),
      { replicas: 4, maxUnavailable: 2, maxSurge: 0, hold: { paused: false } },
    ],
    [
      "waits where all are protected and none may be added",
      wants(2, 0, 100),
      [replicaSet("a", OLD, 2)],
      tasks("a", "1", 2, 2),
      { replicas: 2, maxUnavailable: 0, maxSurge: 1, hold: { paused: true } },
    ],
    [
      "takes new tasks for available until their ReplicaSet knows that it is held",
      wants(3),
      [replicaSet("a", OLD, 3), replicaSet("bb", NEW, 2)],
      tasks("a", "1", 3, 1),
      { replicas: 3, maxUnavailable: 0, maxSurge: 3, hold: { paused: false } },
    ],
    [
      "keeps what is younger than the protected, because Kubernetes takes from the oldest first",
      wants(2),
      [replicaSet("a", OLD, 2), replicaSet("bb", "hash-between", 2), replicaSet("ccc", NEW, 2, { holding: true })],
      tasks("a", "1", 2, 1),
      { replicas: 3, maxUnavailable: 0, maxSurge: 1, hold: { paused: false } },
    ],
  ];
  for (const [what, wanted, replicaSets, running, plan] of rollouts) {
    it(`hold a roll-out, which ${what}`, () => {
      const replicas = wanted.spec.desiredCount ?? 0;
      const of = state({ service: wanted, deployment: deployment(replicas), replicaSets, tasks: running });
      expect(rolloutPlan(of, NEW)).to.deep.equal(plan);
      expect(heldDeployment(of, "2")).to.equal("ecs-svc/1");
    });
  }

  it("let a service be scaled in during a roll-out only after it", () => {
    const of = state({
      service: wants(1),
      deployment: deployment(3),
      replicaSets: [replicaSet("a", OLD, 1), replicaSet("bb", NEW, 3, { holding: true })],
      tasks: tasks("a", "1", 1, 1),
    });
    expect(rolloutPlan(of, NEW).replicas).to.equal(3);
  });
});
