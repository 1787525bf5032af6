import { expect } from "chai";

import { failuresOf } from "./failures.ts";
import type { ServiceTask } from "./state.ts";
import { after, service, start, state, task, taskDefinition } from "./testing/fixtures.ts";

const ended = (id: string, from: number, to: number, failed = true): ServiceTask =>
  task(id, "1", {
    phase: "STOPPED",
    failed,
    startedAt: after(from).toISOString(),
    stoppedAt: after(to).toISOString(),
  });
const running = (from: number, more: Partial<ServiceTask> = {}): ServiceTask =>
  task(`r${from}`, "1", { startedAt: after(from).toISOString(), ...more });
const NONE = { failures: 0 };

describe("failed tasks in a row", () => {
  const since = { digits: "1", since: start.toISOString() };
  const cases: [string, readonly ServiceTask[], number][] = [
    ["are none without tasks", [], 0],
    ["are those that ended too soon", [ended("a", 1, 2), ended("b", 3, 4)], 2],
    ["are not those of another deployment", [{ ...ended("a", 1, 2), deployment: "2" }], 0],
    ["are not those that the service itself stopped", [ended("a", 1, 2, false)], 0],
    ["stay in a row while the next task has not proved itself", [ended("a", 1, 2), running(55)], 1],
    ["begin anew when a task has become healthy", [ended("a", 1, 2), running(3)], 0],
    ["count again after that", [ended("a", 1, 2), running(3), ended("b", 14, 15)], 1],
    ["count a task once that was healthy and then failed", [ended("a", 1, 2), ended("b", 3, 30)], 1],
    ["are not those from before a way back", [{ ...ended("a", -60, -50), createdAt: after(-60).toISOString() }], 0],
  ];
  for (const [what, tasks, failures] of cases) {
    it(what, () => {
      expect(failuresOf(state({ tasks }), since, NONE, after(60)).failures).to.equal(failures);
    });
  }

  it("go on through healthy tasks where the breaker is told so", () => {
    const deploymentCircuitBreaker = { enable: true, rollback: true, resetOnHealthyTask: false };
    const of = state({
      service: service({ deploymentConfiguration: { deploymentCircuitBreaker } }),
      tasks: [ended("a", 1, 2), running(3), ended("b", 14, 15)],
    });
    expect(failuresOf(of, since, NONE, after(60))).to.deep.equal({ failures: 2 });
  });

  it("are told by the containers' own checks where there are any", () => {
    const healthCheck = { command: ["CMD", "true"] };
    const resource = taskDefinition(1, {
      containerDefinitions: [{ name: "web", image: "nginx", memory: 64, healthCheck }],
    });
    const checked = (tasks: readonly ServiceTask[]) =>
      state({ tasks, taskDefinition: { found: { resource, revision: 1, arn: "" } } });
    expect(failuresOf(checked([ended("a", 1, 2), running(3)]), since, NONE, after(60)).failures).to.equal(1);
    const healthy = running(3, { healthySince: after(20).toISOString() });
    expect(failuresOf(checked([ended("a", 1, 2), healthy]), since, NONE, after(60)).failures).to.equal(0);
  });

  it("stay counted when the records of stopped tasks are collected, until a task becomes healthy", () => {
    const counted = failuresOf(state({ tasks: [ended("a", 1, 2), ended("b", 3, 4)] }), since, NONE, after(5));
    const later = failuresOf(state(), since, counted, after(4000));
    expect(later).to.deep.equal({ failures: 2 });
    expect(failuresOf(state({ tasks: [running(4001)] }), since, later, after(4020)).failures).to.equal(0);
  });
});
