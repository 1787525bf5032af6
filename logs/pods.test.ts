import { expect } from "chai";
import type { Pod } from "#lib/kube/resources.ts";
import { loggedContainers, slimPod } from "./pods.ts";

type Statuses = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>;

const running = { running: { startedAt: "2026-01-02T03:04:05Z" } };
const status = (name: string, more: Partial<Statuses[number]> = {}): Statuses[number] => ({
  name,
  image: "busybox",
  imageID: "",
  ready: true,
  restartCount: 0,
  containerID: `containerd://${name}-id`,
  state: running,
  ...more,
});

function podOf(containerStatuses: Statuses, labels: Record<string, string> = {}): Pod {
  const destinations = {
    app: { group: "/g", prefix: "ecs/App" },
    side: { group: "/g" },
    early: { group: "/e", prefix: "p/early" },
  };
  return slimPod({
    metadata: {
      name: "pod",
      namespace: "ecs-shop",
      uid: "0-1",
      labels: { ...labels, other: "x" },
      annotations: { "kecs.io/log-destinations": JSON.stringify(destinations), other: "x" },
    },
    status: { containerStatuses, initContainerStatuses: [status("early", { state: { terminated: { exitCode: 0 } } })] },
  });
}

describe("the containers whose output is kept", () => {
  it("are those that have started and name a log group", () => {
    const waiting = status("side", { state: { waiting: { reason: "ContainerCreating" } }, containerID: "" });
    const found = loggedContainers(podOf([status("app"), waiting, status("unlogged")]));
    expect(found).to.deep.equal([
      {
        key: "0-1/early",
        pod: { namespace: "ecs-shop", name: "pod" },
        container: "early",
        group: "/e",
        stream: "p/early/01",
        previousStream: undefined,
        restarts: 0,
        running: false,
      },
      {
        key: "0-1/app",
        pod: { namespace: "ecs-shop", name: "pod" },
        container: "app",
        group: "/g",
        stream: "ecs/App/01",
        previousStream: undefined,
        restarts: 0,
        running: true,
      },
    ]);
  });

  it("write to the stream of their task, or of each run without a prefix", () => {
    const restarted = status("side", {
      restartCount: 1,
      lastState: { terminated: { exitCode: 1, containerID: "containerd://before" } },
    });
    const found = loggedContainers(podOf([status("app"), restarted], { "kecs.io/task": "abc" }));
    expect(found.map(({ stream, previousStream }) => [stream, previousStream])).to.deep.equal([
      ["p/early/abc", undefined],
      ["ecs/App/abc", undefined],
      ["side-id", "before"],
    ]);
  });

  it("are none of a Pod that names no log group", () => {
    const slim = slimPod({
      metadata: { name: "pod", annotations: { other: "x" } },
      status: { containerStatuses: [status("app")] },
    });
    expect(slim).to.deep.equal({ metadata: { name: "pod" } });
    expect(loggedContainers(slim)).to.deep.equal([]);
  });
});
