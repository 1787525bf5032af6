import { expect } from "chai";
import { leanPod } from "./lean-pod.ts";

describe("a Pod as the operator keeps it", () => {
  it("has what Kubernetes decided and what reconcilers read, not what the task definition says", () => {
    const container = { name: "web", image: "web@sha256:1", restartPolicy: "Never" };
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    const placed = {
      nodeName: "node-1",
      nodeSelector: { kind: "a" },
      schedulingGates: [{ name: "gate" }],
      tolerations: [{ key: "a" }],
    };
    const env = [{ name: "A", value: "b" }];
    const pod = {
      metadata: { name: "web-1", labels: { a: "b" } },
      spec: {
        ...placed,
        volumes: [{ name: "data" }],
        initContainers: [{ name: "init", env }],
        containers: [{ ...container, lifecycle, env, args: ["sh"], volumeMounts: [{ name: "data", mountPath: "/" }] }],
      },
      status: { phase: "Running" },
    };
    expect(leanPod(pod)).to.deep.equal({
      metadata: { name: "web-1", labels: { a: "b" } },
      spec: {
        ...placed,
        initContainers: [{ name: "init" }],
        containers: [{ ...container, lifecycle }],
      },
      status: { phase: "Running" },
    });
    expect(leanPod({ metadata: { name: "gone" } })).to.deep.equal({ metadata: { name: "gone" } });
  });
});
