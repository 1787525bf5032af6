import { expect } from "chai";
import type { ECSTask, ECSTaskStatus } from "#model/generated/resources.generated.ts";
import { FirstSteps } from "./first-steps.ts";

const at = (ms: number): Date => new Date(Date.parse("2026-11-21T10:00:00Z") + ms);
const started = { type: "Reconciling", status: "True", reason: "Starting" } as const;

function taskWith(status?: ECSTaskStatus, labels: Record<string, string> = { "kecs.io/service": "web" }): ECSTask {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTask",
    metadata: { name: "t", namespace: "team", uid: "u", labels },
    spec: { taskDefinition: "web:1" },
    ...(status && { status }),
  };
}

function statusWith(lastStatus: string, more: Partial<ECSTaskStatus> = {}): ECSTaskStatus {
  const conditions = [{ ...started, message: "", lastTransitionTime: "2026-11-21T10:00:00Z" }];
  return { lastStatus, desiredStatus: "RUNNING", conditions, ...more };
}

describe("the first states of a task of a service", () => {
  it("are written only where they last", () => {
    const steps = new FirstSteps();
    expect(steps.heldMs(taskWith(), statusWith("PROVISIONING"), at(0))).to.equal(250);
    expect(steps.heldMs(taskWith(), statusWith("PROVISIONING"), at(200))).to.equal(50);
    expect(steps.heldMs(taskWith(), statusWith("PENDING"), at(220)), "anew with each step").to.equal(250);
    expect(steps.heldMs(taskWith(), statusWith("PENDING"), at(420))).to.equal(50);
    expect(steps.heldMs(taskWith(), statusWith("PENDING"), at(470))).to.equal(0);
  });

  it("wait longer where many begin at once, and no longer than the others do", () => {
    const steps = new FirstSteps();
    const one = (name: string): ECSTask => ({ ...taskWith(), metadata: { ...taskWith().metadata, name } });
    for (let index = 1; index < 100; index += 1) steps.heldMs(one(`u${index}`), statusWith("PENDING"), at(0));
    expect(steps.heldMs(one("u100"), statusWith("PENDING"), at(0))).to.equal(6_000);
    for (let index = 1; index < 100; index += 1) steps.heldMs(one(`u${index}`), statusWith("RUNNING"), at(200));
    expect(steps.heldMs(one("u100"), statusWith("PENDING"), at(200))).to.equal(50);
  });

  it("wait a minute at most where they tell something new, ten where they do not", () => {
    const steps = new FirstSteps();
    const one = (name: string): ECSTask => ({ ...taskWith(), metadata: { ...taskWith().metadata, name } });
    for (let index = 0; index < 20_000; index += 1) steps.heldMs(one(`m${index}`), statusWith("PROVISIONING"), at(0));
    expect(steps.heldMs(one("m1"), statusWith("PROVISIONING"), at(0))).to.equal(600_000);
    expect(steps.heldMs(one("m1"), statusWith("PENDING"), at(0))).to.equal(60_000);
  });

  it("do not wait for tasks that are gone", () => {
    const steps = new FirstSteps();
    const one = (name: string): ECSTask => ({ ...taskWith(), metadata: { ...taskWith().metadata, name } });
    for (let index = 1; index < 100; index += 1) steps.heldMs(one(`t${index}`), statusWith("PENDING"), at(0));
    for (let index = 1; index < 100; index += 1) steps.forget(`team/t${index}`);
    expect(steps.heldMs(one("t100"), statusWith("PENDING"), at(0))).to.equal(250);
  });

  it("do not hold back that it runs, stops or cannot start", () => {
    const steps = new FirstSteps();
    expect(steps.heldMs(taskWith(), statusWith("RUNNING"), at(0))).to.equal(0);
    expect(steps.heldMs(taskWith(), statusWith("PENDING", { desiredStatus: "STOPPED" }), at(0))).to.equal(0);
    for (const reason of ["Unschedulable", "InvalidTaskDefinition"]) {
      const conditions = [{ ...started, reason, message: "", lastTransitionTime: "2026-11-21T10:00:00Z" }];
      expect(steps.heldMs(taskWith(), statusWith("PROVISIONING", { conditions }), at(0))).to.equal(0);
    }
  });

  it("are each written of a task of RunTask", () => {
    expect(new FirstSteps().heldMs(taskWith(undefined, {}), statusWith("PROVISIONING"), at(0))).to.equal(0);
  });

  it("are written one by one once the first of them has been", () => {
    const before = statusWith("PROVISIONING");
    expect(new FirstSteps().heldMs(taskWith(before), statusWith("PENDING"), at(0))).to.equal(0);
  });
});
