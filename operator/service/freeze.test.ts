import { expect } from "chai";

import { LABELS } from "#lib/ecs/labels.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { ReplicaSet } from "#lib/kube/resources.ts";
import { frozenPlan } from "./freeze.ts";
import type { ServiceTask } from "./state.ts";
import { after, service, state, task } from "./testing/fixtures.ts";

const FAILED = "2";
const rollout = { deployment: FAILED, finishedAt: after(60).toISOString(), failedBy: "ABORT" } as unknown as Rollout;
const old = "a";
const failed = "bb";

const replicaSet = (uid: string, replicas: number): ReplicaSet => ({
  metadata: {
    name: uid,
    uid,
    creationTimestamp: `2026-11-21T10:00:0${uid.length}Z`,
    labels: { [LABELS.deployment]: uid === failed ? FAILED : "1" },
  },
  spec: { replicas, selector: {} },
});
const of = (uid: string, count: number, more: Partial<ServiceTask> = {}): ServiceTask[] =>
  Array.from({ length: count }, (_, index) =>
    task(`${uid}${index}${more.phase ?? ""}`, uid === failed ? FAILED : "1", { replicaSet: uid, ...more }),
  );

describe("a service whose deployment has failed without a way back", () => {
  type Sizes = readonly (readonly [string, number])[];
  const cases: [string, number, readonly ReplicaSet[], readonly ServiceTask[], Sizes][] = [
    [
      "keeps what runs of the old and the new",
      2,
      [replicaSet(failed, 2), replicaSet(old, 2)],
      [...of(old, 2), ...of(failed, 1), ...of(failed, 1, { phase: "STOPPED", failed: true })],
      [
        [old, 2],
        [failed, 1],
      ],
    ],
    [
      "starts none in the place of one that ended",
      1,
      [replicaSet(failed, 1)],
      of(failed, 1, { phase: "STOPPING" }),
      [[failed, 0]],
    ],
    [
      "lets what Kubernetes has started in its place go again",
      1,
      [replicaSet(failed, 1)],
      of(failed, 1, { createdAt: after(70).toISOString() }),
      [[failed, 0]],
    ],
    [
      "does not wait for a node",
      1,
      [replicaSet(failed, 1)],
      of(failed, 1, { phase: "PENDING", placed: false }),
      [[failed, 0]],
    ],
    ["lets those start that have one", 1, [replicaSet(failed, 1)], of(failed, 1, { phase: "PENDING" }), [[failed, 1]]],
    ["replaces tasks of the deployment before", 1, [replicaSet(old, 1)], of(old, 1, { phase: "STOPPING" }), [[old, 1]]],
    [
      "can be scaled in, the newest first",
      1,
      [replicaSet(old, 2), replicaSet(failed, 2)],
      [...of(old, 2), ...of(failed, 2)],
      [
        [old, 2],
        [failed, 0],
      ],
    ],
    ["can be scaled to nothing", 0, [replicaSet(failed, 2)], of(failed, 2), [[failed, 0]]],
    ["never grows", 5, [replicaSet(failed, 1)], of(failed, 3), [[failed, 1]]],
    ["leaves empty ReplicaSets alone", 1, [replicaSet(failed, 0)], [], []],
  ];
  for (const [what, desiredCount, replicaSets, tasks, sizes] of cases) {
    it(what, () => {
      const plan = frozenPlan(state({ service: service({ desiredCount }), replicaSets, tasks, rollout }));
      expect([...plan]).to.deep.equal(sizes);
    });
  }
});
