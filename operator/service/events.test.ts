import { expect } from "chai";

import type { ServiceEventInResource } from "#model/generated/resources.generated.ts";
import { type EventFacts, newEvents, withNewEvents } from "./events.ts";
import { after, start, task } from "./testing/fixtures.ts";

function facts(more: Partial<EventFacts>): EventFacts {
  return {
    serviceUid: "0a1b",
    serviceName: "web",
    before: [],
    tasks: [],
    completed: undefined,
    steady: false,
    ...more,
  };
}

const texts = (events: readonly ServiceEventInResource[]): string[] => events.map(({ message = "" }) => message);

describe("events of a service", () => {
  const tasks = [task("a", "1"), task("b", "1")];

  it("are in ECS's words, in the order of what happened", () => {
    const events = newEvents(facts({ tasks, completed: "ecs-svc/1", steady: true }), start);
    expect(texts(events)).to.deep.equal([
      "(service web) has started 2 tasks: (task a) (task b).",
      "(service web) (deployment ecs-svc/1) deployment completed.",
      "(service web) has reached a steady state.",
    ]);
  });

  it("are said once, also by a process that knows only what was written", () => {
    const said = withNewEvents([], newEvents(facts({ tasks, steady: true }), start));
    expect(newEvents(facts({ before: said, tasks, steady: true }), after(60))).to.deep.equal([]);
  });

  it("have the same ids when they are found again after a lost write", () => {
    const ids = (at: Date): string[] => newEvents(facts({ tasks, steady: true }), at).map(({ id }) => id);
    expect(ids(start)).to.deep.equal(ids(after(5)));
    expect(new Set(ids(start)).size).to.equal(2);
  });

  it("tell of the tasks that the service stopped, not of those that ended by themselves", () => {
    const before = withNewEvents([], newEvents(facts({ tasks }), start));
    const stopped = [
      task("a", "1", { phase: "STOPPING", stoppedByScheduler: true }),
      task("b", "1", { phase: "STOPPED", failed: true }),
    ];
    expect(texts(newEvents(facts({ before, tasks: stopped }), after(1)))).to.deep.equal([
      "(service web) has stopped 1 running tasks: (task a).",
    ]);
  });

  it("say nothing of a task that has no node yet", () => {
    expect(newEvents(facts({ tasks: [task("a", "1", { phase: "PENDING", placed: false })] }), start)).to.deep.equal([]);
  });

  it("reach a steady state again only after something else has happened", () => {
    const before = withNewEvents([], newEvents(facts({ tasks, steady: true }), start));
    const more = facts({ before, tasks: [...tasks, task("c", "1")], steady: true });
    const said = withNewEvents(before, newEvents(more, after(1)));
    expect(texts(said)[0]).to.equal("(service web) has reached a steady state.");
    expect(said).to.have.length(4);
    expect(new Set(said.map(({ id }) => id)).size).to.equal(4);
  });

  it("are the latest hundred, newest first, and old tasks are not told of anew", () => {
    const many = Array.from({ length: 1500 }, (_, index) => task(`t${index}`, "1"));
    const said = withNewEvents([], newEvents(facts({ tasks: many }), after(60)));
    expect(said).to.have.length(100);
    expect(texts(said)[0]).to.include("(task t1499)");
    expect(newEvents(facts({ before: said, tasks: many }), after(120))).to.deep.equal([]);
  });

  it("tell once of tasks that do not come to run, three after one another", () => {
    const failed = ["a", "b", "c"].map((id) => task(id, "1", { phase: "STOPPED", failed: true, placed: false }));
    const impaired = "(service web) is unable to consistently start tasks successfully.";
    expect(texts(newEvents(facts({ tasks: failed.slice(1) }), start))).to.not.include(impaired);
    const said = withNewEvents([], newEvents(facts({ tasks: failed }), start));
    expect(texts(said)).to.include(impaired);
    const pending = task("d", "1", { phase: "PENDING", placed: false });
    expect(newEvents(facts({ before: said, tasks: [...failed, pending] }), after(1))).to.deep.equal([]);
    const ran = failed.map((each) => ({ ...each, startedAt: start.toISOString() }));
    const steady = withNewEvents(said, newEvents(facts({ before: said, tasks: failed, steady: true }), after(2)));
    const old = failed.map((each) => ({ ...each, stoppedAt: after(1).toISOString() }));
    expect(newEvents(facts({ before: steady, tasks: old }), after(3)), "long over").to.deep.equal([]);
    expect(texts(newEvents(facts({ tasks: ran }), start)), "they ended by themselves").to.not.include(impaired);
  });
});
