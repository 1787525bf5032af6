import { expect } from "chai";
import { nodePoolOf } from "#lib/ecs/node-pool.ts";
import type { ECSCapacityProvider } from "#model/generated/resources.generated.ts";
import { capacityProviderStatus } from "./status.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const now = new Date("2026-11-25T10:00:00Z");
const provider = (more: Partial<ECSCapacityProvider> = {}): ECSCapacityProvider => ({
  apiVersion: "ecs.kecs.io/v1alpha1",
  kind: "ECSCapacityProvider",
  metadata: { name: "blue", uid: "1", generation: 1 },
  spec: { autoScalingGroupProvider: { autoScalingGroupArn: "a", managedScaling: { status: "ENABLED" } } },
  ...more,
});
const stateOf = (of: ECSCapacityProvider, more: object = {}) => ({
  provider: of,
  name: "blue",
  pool: nodePoolOf("blue", of),
  nodeCount: 2,
  ...more,
});

describe("status of a capacity provider", () => {
  it("has what the API shows, the number of its nodes and who scales them", () => {
    const status = capacityProviderStatus(stateOf(provider()), identity, now);
    expect(status).to.deep.include({
      capacityProviderArn: "arn:aws:ecs:us-east-1:000000000000:capacity-provider/blue",
      status: "ACTIVE",
      updateStatus: "CREATE_COMPLETE",
      type: "EC2_AUTOSCALING",
      nodeCount: 2,
      observedGeneration: 1,
    });
    const types = status.conditions?.map(({ type, status: holds }) => [type, holds]);
    expect(types).to.deep.equal([
      ["Ready", "True"],
      ["Reconciling", "False"],
      ["Stalled", "False"],
      ["ManagedScaling", "Unknown"],
    ]);
    const again = capacityProviderStatus(stateOf(provider({ status })), identity, new Date(now.getTime() + 60_000));
    expect(again, "nothing to write when nothing changes").to.deep.equal(status);
    const spec = { autoScalingGroupProvider: { autoScalingGroupArn: "a" } };
    const off = capacityProviderStatus(stateOf(provider({ status, spec })), identity, now);
    expect(off.conditions).to.have.length(3);
  });

  it("is only a conflict where an elder has the name", () => {
    const status = capacityProviderStatus(stateOf(provider(), { elder: "elder" }), identity, now);
    expect(status.capacityProviderArn).to.equal(undefined);
    expect(status.conditions?.find(({ type }) => type === "Stalled")?.message).to.contain("elder");
  });
});
