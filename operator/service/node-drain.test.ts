import { expect } from "chai";
import type { ReplicaSet } from "#lib/kube/resources.ts";
import { drainPlan, toLeave } from "./node-drain.ts";
import { rolloutLimits } from "./rollout.ts";
import type { ServiceState, ServiceTask } from "./state.ts";
import { after, service, state, task } from "./testing/fixtures.ts";

const DRAINED = "drained";
const tasks = (count: number, prefix: string, more: Partial<ServiceTask> = {}): ServiceTask[] =>
  Array.from({ length: count }, (_, index) => task(`${prefix}-${index}`, "1", more));

function drained(desiredCount: number, configuration: object, all: ServiceTask[]): ServiceState {
  return state({
    service: service({ desiredCount, deploymentConfiguration: configuration }),
    tasks: all,
    draining: new Set(all.filter(({ id }) => id.startsWith(DRAINED)).map(({ id }) => id)),
  });
}

describe("a service on drained nodes", () => {
  const limits = { minimumHealthyPercent: 100, maximumPercent: 200 };

  it("has others started first, and keeps its number after that", () => {
    expect(drainPlan(drained(3, limits, tasks(3, DRAINED)))).to.deep.equal({ surge: 3, stop: [] });
    const half = [...tasks(3, DRAINED), ...tasks(2, "new")];
    expect(drainPlan(drained(3, limits, half))).to.deep.equal({ surge: 3, stop: [] });
    const enough = [...tasks(3, DRAINED), ...tasks(3, "new")];
    expect(drainPlan(drained(3, limits, enough))).to.deep.equal({ surge: 0, stop: [] });
    expect(toLeave(drained(3, limits, enough))).to.have.length(3);
  });

  it("stops at once what does not run yet, and nothing that is protected or that a roll-out replaces", () => {
    const pending = drained(2, limits, [...tasks(1, DRAINED, { phase: "PENDING" }), ...tasks(1, "there")]);
    expect(drainPlan(pending)).to.deep.equal({ surge: 0, stop: [`${DRAINED}-0`] });
    const guarded = tasks(2, DRAINED, { protectedUntil: after(60).toISOString() });
    expect(drainPlan(drained(2, limits, guarded))).to.deep.equal({ surge: 0, stop: [] });
    const replicaSets: ReplicaSet[] = [1, 1].map((replicas) => ({ spec: { replicas, selector: {} } }));
    expect(drainPlan({ ...drained(2, limits, tasks(2, DRAINED)), replicaSets }).surge).to.equal(0);
  });

  for (const [desired, minimumHealthyPercent, maximumPercent] of [
    [4, 100, 200],
    [4, 100, 150],
    [4, 50, 100],
    [3, 50, 125],
    [1, 100, 200],
    [1, 0, 100],
    [10, 90, 110],
  ] as const) {
    it(`leaves them within ${minimumHealthyPercent} % and ${maximumPercent} % of ${desired}`, () => {
      const configuration = { minimumHealthyPercent, maximumPercent };
      const { maxSurge, maxUnavailable } = rolloutLimits(desired, configuration);
      let all = tasks(desired, DRAINED);
      for (let step = 0; all.some(({ id }) => id.startsWith(DRAINED)); step++) {
        expect(step, "it never ends").to.be.lessThan(50);
        const { surge, stop } = drainPlan(drained(desired, configuration, all));
        const replicas = desired + surge;
        all = all.filter(({ id }) => !stop.includes(id));
        expect(all.length).to.be.at.least(desired - maxUnavailable);
        // A ReplicaSet takes those with the lowest cost first, and makes what it lacks.
        const byCost = all.toSorted((a, b) => Number(a.id.startsWith(DRAINED)) - Number(b.id.startsWith(DRAINED)));
        all = [...byCost.slice(0, replicas), ...tasks(Math.max(0, replicas - all.length), `new-${step}`)];
        expect(all.length)
          .to.be.at.least(desired - maxUnavailable)
          .and.at.most(desired + maxSurge);
      }
      expect(all).to.have.length(desired);
    });
  }
});
