import { decode, encode, type ExtData } from "@msgpack/msgpack";
import { expect } from "chai";
import type { Pod } from "#lib/kube/resources.ts";
import { slimPod } from "../pods.ts";
import { Acknowledgements, forwardMessage } from "./forward-protocol.ts";
import { routedContainers } from "./routed-containers.ts";

type Status = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

const status = (name: string, more: Partial<Status> = {}): Status => ({
  name,
  image: "busybox",
  imageID: "",
  ready: true,
  restartCount: 0,
  containerID: `containerd://${name}-id`,
  state: { running: { startedAt: "2026-01-02T03:04:05Z" } },
  ...more,
});

function podOf({
  metadata = true,
  instance = true,
  phase = "Running",
  task,
}: {
  metadata?: boolean;
  instance?: boolean;
  phase?: string;
  task?: string;
}): Pod {
  return slimPod({
    metadata: {
      name: "pod",
      namespace: "ecs-shop",
      uid: "0-1",
      labels: task === undefined ? {} : { "kecs.io/task": task },
      annotations: {
        "kecs.io/cluster-arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
        "kecs.io/log-routes": JSON.stringify({
          containers: { app: "App", late: "late", done: "done" },
          metadata,
          instance,
        }),
      },
    },
    spec: { nodeName: "node-1", containers: [] },
    status: {
      phase,
      initContainerStatuses: [status("router"), status("done", { state: { terminated: { exitCode: 0 } } })],
      containerStatuses: [
        status("app", { restartCount: 1, lastState: { terminated: { exitCode: 1, containerID: "containerd://old" } } }),
        status("late", { state: { waiting: { reason: "ContainerCreating" } }, containerID: "" }),
      ],
    },
  });
}

describe("the containers whose output goes to a log router", () => {
  it("are those that have started, by their task", () => {
    const found = routedContainers(podOf({}));
    expect(found.map(({ container, running }) => [container, running])).to.deep.equal([
      ["done", false],
      ["app", true],
    ]);
    expect(found[1]).to.deep.equal({
      key: "0-1/app",
      pod: { namespace: "ecs-shop", name: "pod" },
      container: "app",
      stream: "app-id",
      previousStream: "old",
      restarts: 1,
      running: true,
      name: "App",
      tag: "App-firelens-01",
      task: { arn: "arn:aws:ecs:eu-west-1:123456789012:task/shop/01", node: "node-1" },
    });
    expect(routedContainers(podOf({ task: "abc" }))[1]?.task?.arn).to.match(/:task\/shop\/abc$/);
  });

  it("name no task where they are not to, and are none when the log router has ended", () => {
    expect(routedContainers(podOf({ instance: false }))[1]?.task).to.have.property("node", undefined);
    expect(routedContainers(podOf({ metadata: false }))[1]?.task).to.equal(undefined);
    expect(routedContainers(podOf({ phase: "Succeeded" }))).to.deep.equal([]);
    expect(routedContainers(slimPod({ metadata: { uid: "1" }, status: { containerStatuses: [status("app")] } })))
      .to.deep //
      .equal([]);
  });
});

describe("the Fluent forward protocol", () => {
  it("has times to the nanosecond, records, and a chunk to acknowledge", () => {
    const entries = [
      { at: "2026-01-02T03:04:05.600000001Z", message: "é" },
      { at: "2026-01-02T03:04:06.000000000Z", message: "two" },
    ];
    const [tag, events, option] = decode(forwardMessage("App-firelens-1", entries, { source: "stdout" }, "c1")) as [
      string,
      [ExtData, object][],
      object,
    ];
    expect(tag).to.equal("App-firelens-1");
    expect(option).to.deep.equal({ size: 2, chunk: "c1" });
    expect(events.map(([, record]) => record)).to.deep.equal([
      { log: "é", source: "stdout" },
      { log: "two", source: "stdout" },
    ]);
    const time = Buffer.from(events[0]![0].data as Uint8Array);
    expect([time.readUInt32BE(0), time.readUInt32BE(4)]).to.deep.equal([
      Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
      600_000_001,
    ]);
  });

  it("takes acknowledgements in whatever pieces they come", () => {
    const answer = Buffer.from(encode({ ack: "c1" }));
    for (let cut = 0; cut < answer.length; cut++) {
      const answers = new Acknowledgements();
      if (cut > 0) expect(answers.push(answer.subarray(0, cut))).to.equal(undefined);
      expect(answers.push(answer.subarray(cut))).to.equal("c1");
      expect(answers.push(answer)).to.equal("c1");
    }
  });

  it("takes nothing else for one", () => {
    for (const answer of [encode("ack"), encode(null), encode({ ack: 1 }), encode({ a: 1 }), Buffer.of(0xc1)]) {
      expect(() => new Acknowledgements().push(Buffer.from(answer))).to.throw("log router's answer");
    }
    const endless = Buffer.concat([Buffer.of(0xdb, 0, 1, 0, 0), Buffer.alloc(5_000)]);
    expect(() => new Acknowledgements().push(endless)).to.throw("log router's answer");
  });
});
