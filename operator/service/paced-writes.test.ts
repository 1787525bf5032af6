import { expect } from "chai";
import { considered } from "./considered.ts";
import { PacedWrites } from "./paced-writes.ts";
import type { ServiceState } from "./state.ts";
import { after, applied, digitsOf, identity, start, state, statusOf, task, written } from "./testing/fixtures.ts";

/** The service as its status is when none of its two tasks runs yet. */
const begun = written(applied(considered(state(), identity, start)), start);
const digits = digitsOf(begun);
const withTasks = (...tasks: ServiceState["tasks"]): ServiceState => ({ ...begun, tasks });

function heldMs(of: ServiceState, seconds: number): number {
  const paced = new PacedWrites();
  paced.written(begun.service, start);
  const { status, events } = statusOf(considered(of, identity, after(seconds)), after(seconds));
  return paced.heldMs(of.service, status, events, after(seconds));
}

describe("the pace at which a service's status is written", () => {
  it("lets a second pass between two that only count tasks", () => {
    const one = withTasks(task("a", digits));
    expect(heldMs(one, 0.2)).to.equal(800);
    expect(heldMs(one, 1)).to.equal(0);
  });

  it("lets more time pass where many services change at once, a minute at most", () => {
    const { status, events } = statusOf(withTasks(task("a", digits)), after(0.2));
    const heldAmong = (others: number, seconds = 0.2): number => {
      const paced = new PacedWrites();
      for (let index = 0; index < others; index += 1) {
        const metadata = { ...begun.service.metadata, uid: `other-${index}` };
        paced.written({ ...begun.service, metadata }, start);
      }
      paced.written(begun.service, start);
      return paced.heldMs(begun.service, status, events, after(seconds));
    };
    expect(heldAmong(1)).to.equal(800);
    expect(heldAmong(49)).to.equal(24_800);
    expect(heldAmong(999)).to.equal(59_800);
    expect(heldAmong(999, 60)).to.equal(0);
  });

  it("writes at once when the service is steady", () => {
    expect(heldMs(withTasks(task("a", digits), task("b", digits)), 0.2)).to.equal(0);
  });

  it("writes at once that a task has failed, or finds no node", () => {
    const failed = task("a", digits, { phase: "STOPPED", failed: true, stoppedAt: after(0.1).toISOString() });
    expect(heldMs(withTasks(failed), 0.2)).to.equal(0);
    const waiting = task("a", digits, { phase: "PENDING", placed: false, unplaceable: "0/1 nodes are available" });
    expect(heldMs(withTasks(waiting), 0.2)).to.equal(0);
  });

  it("writes at once what another wish changes", () => {
    const { service } = begun;
    const wish = { ...service, metadata: { ...service.metadata, generation: 2 } };
    const more = { ...wish, spec: { ...wish.spec, desiredCount: 3 } };
    expect(heldMs(applied({ ...begun, service: more }), 0.2)).to.equal(0);
  });

  it("does not hold back the first status, or the first after a restart", () => {
    const { status, events } = statusOf(withTasks(task("a", digits)), after(0.2));
    expect(new PacedWrites().heldMs(begun.service, status, events, after(0.2))).to.equal(0);
  });
});
