import { expect } from "chai";
import { task } from "../service/testing/fixtures.ts";
import { trafficEvents } from "./events.ts";

const targetGroup = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0";

describe("events of a service's targets", () => {
  const texts = (change: Parameters<typeof trafficEvents>[0]): string[] =>
    trafficEvents(change).map(({ text }) => text);

  it("are in ECS's words", () => {
    const tasks = [task("a", "1", { phase: "STOPPING" }), task("b", "2")];
    const change = { before: [{ targetGroup, tasks: ["a"] }], now: [{ targetGroup, tasks: ["b"] }], tasks };
    expect(texts(change)).to.deep.equal([
      `registered 1 targets in (target-group ${targetGroup})`,
      `deregistered 1 targets in (target-group ${targetGroup})`,
      "has begun draining connections on 1 tasks.",
    ]);
    expect(trafficEvents(change)[2]?.taskSet).to.deep.equal(["ecs-svc/1"]);
  });

  it("tell of nothing twice, and of no draining where a task is only unhealthy", () => {
    const now = [{ targetGroup, tasks: ["a"] }];
    expect(texts({ before: now, now, tasks: [task("a", "1")] })).to.deep.equal([]);
    expect(texts({ before: now, now: [{ targetGroup, tasks: [] }], tasks: [task("a", "1")] })).to.deep.equal([
      `deregistered 1 targets in (target-group ${targetGroup})`,
    ]);
  });

  it("tell of a group that was left", () => {
    expect(
      texts({ before: [{ targetGroup: "classic", tasks: ["a"] }], now: [], tasks: [task("a", "1")] }),
    ).to.deep.equal(["deregistered 1 targets in (elb classic)"]);
  });

  it("say which task set they are about, where there are some", () => {
    const tasks = [task("a", "1"), task("b", "2"), task("c", "2")];
    const change = { before: [], now: [{ targetGroup, tasks: ["a", "b", "c"] }], tasks, byTaskSet: true };
    expect(trafficEvents(change).map(({ text, taskSet }) => [text, taskSet])).to.deep.equal([
      [`registered 1 targets in (target-group ${targetGroup})`, ["ecs-svc/1"]],
      [`registered 2 targets in (target-group ${targetGroup})`, ["ecs-svc/2"]],
    ]);
  });
});
