import { expect } from "chai";
import type { ECSCapacityProvider } from "#model/generated/resources.generated.ts";
import { isInPool, nodePoolOf, oldestProvider, providerOfNode } from "./node-pool.ts";

const provider = (name: string, spec: ECSCapacityProvider["spec"] = {}, created = "2026-11-25T10:00:00Z") =>
  ({
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSCapacityProvider",
    metadata: { name, uid: name, creationTimestamp: created },
    spec,
  }) satisfies ECSCapacityProvider;
const node = (labels: Record<string, string>) => ({ metadata: { name: "n", labels } });

describe("the nodes of a capacity provider", () => {
  it("are those with its label, or with those that it names", () => {
    const own = nodePoolOf("Blue", provider("blue", { name: "Blue" }));
    expect(isInPool(node({ "kecs.io/capacity-provider": "Blue" }), own)).to.equal(true);
    expect(isInPool(node({ "kecs.io/capacity-provider": "blue" }), own)).to.equal(false);
    const toleration = { key: "spot", operator: "Exists" as const };
    const named = nodePoolOf("spot", provider("spot", { nodeSelector: { a: "1", b: "2" }, tolerations: [toleration] }));
    expect(isInPool(node({ a: "1", b: "2", c: "3" }), named)).to.equal(true);
    expect(isInPool(node({ a: "1" }), named)).to.equal(false);
    expect(named.tolerations.map(({ key }) => key)).to.deep.equal(["kecs.io/capacity-provider", "spot"]);
  });

  it("are all for Fargate, unless a resource says which", () => {
    expect(nodePoolOf("nobody", undefined)).to.equal(undefined);
    expect(nodePoolOf("FARGATE_SPOT", undefined)?.nodeSelector).to.deep.equal({});
    const spot = provider("fargate-spot", { name: "FARGATE_SPOT", nodeSelector: { spot: "yes" } });
    expect(nodePoolOf("FARGATE_SPOT", spot).nodeSelector).to.deep.equal({ spot: "yes" });
  });

  it("belong to the first that says that they are its, the elder of one name", () => {
    const all = [
      provider("fargate", { name: "FARGATE" }),
      provider("b", { nodeSelector: { x: "1" } }),
      provider("a", { nodeSelector: { x: "1" } }),
    ];
    expect(providerOfNode(node({ x: "1" }), all)).to.equal("a");
    expect(providerOfNode(node({}), all)).to.equal(undefined);
    const elder = provider("elder", { name: "a" }, "2026-11-24T10:00:00Z");
    expect(oldestProvider([provider("a"), elder])?.metadata.name).to.equal("elder");
  });
});
