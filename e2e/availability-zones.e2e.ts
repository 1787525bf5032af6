import {
  CreateServiceCommand,
  DescribeServicesCommand,
  PutClusterCapacityProvidersCommand,
  type Service,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson } from "./support/kubectl.ts";
import { type PlayedNodes, playNodes } from "./support/played-nodes.ts";
import { eventually, uniqueName } from "./support/wait.ts";

describe("Availability Zone rebalancing", () => {
  /** A capacity provider of played nodes, so that nobody else's Pods come there. */
  const provider = uniqueName("zones");
  const label = { "kecs.io/capacity-provider": provider };
  const taint = [{ key: "kecs.io/capacity-provider", value: provider }];
  const service = "spread";
  let ecs: EcsFixture;
  let nodes: PlayedNodes;
  let taskDefinition: string;

  before(async () => {
    ecs = await ecsFixture("zones");
    nodes = playNodes(`ecs-${ecs.cluster}`);
    await nodes.add(`${provider}-a`, { ...label, "topology.kubernetes.io/zone": "zone-a" }, taint);
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSCapacityProvider",
      metadata: { name: provider },
      spec: { autoScalingGroupProvider: { autoScalingGroupArn: "any" } },
    });
    await eventually("the cluster has the capacity provider", () =>
      ecs.client.send(
        new PutClusterCapacityProvidersCommand({
          cluster: ecs.cluster,
          capacityProviders: [provider],
          defaultCapacityProviderStrategy: [],
        }),
      ),
    );
    taskDefinition = await ecs.register("web", [shell(SLEEP)]);
  });
  after(async () => {
    await ecs.dispose();
    await nodes.dispose();
    await kubectl("delete", "ecscapacityprovider", "--ignore-not-found", provider);
  });

  const describeOne = async (): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const podsByNode = async (): Promise<Record<string, number>> => {
    const { items } = await kubectlJson<{
      items: { metadata: { deletionTimestamp?: string }; spec: { nodeName?: string } }[];
    }>("get", "pods", "-n", `ecs-${ecs.cluster}`);
    const counts: Record<string, number> = {};
    // Those that are told to end may still do so.
    const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    for (const { spec } of staying) counts[spec.nodeName ?? ""] = (counts[spec.nodeName ?? ""] ?? 0) + 1;
    return counts;
  };

  it("leaves tasks where they are while there is one zone", async () => {
    const command = new CreateServiceCommand({
      cluster: ecs.cluster,
      serviceName: service,
      taskDefinition,
      desiredCount: 4,
      capacityProviderStrategy: [{ capacityProvider: provider, weight: 1 }],
      availabilityZoneRebalancing: "ENABLED",
    });
    const created = await ecs.client.send(command);
    expect(created.service).to.include({ availabilityZoneRebalancing: "ENABLED" });
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
    expect(await podsByNode()).to.deep.equal({ [`${provider}-a`]: 4 });
  });

  it("brings tasks to a zone that is new, one after the other, each before another ends", async () => {
    await nodes.add(`${provider}-b`, { ...label, "topology.kubernetes.io/zone": "zone-b" }, taint);
    let fewest = Infinity;
    await eventually("the zones are even", async () => {
      const { runningCount = 0, events = [] } = await describeOne();
      fewest = Math.min(fewest, runningCount);
      return events.some(({ message }) =>
        message?.includes("is AZ balanced with 2 tasks in zone-a and 2 tasks in zone-b."),
      );
    });
    expect(await podsByNode()).to.deep.equal({ [`${provider}-a`]: 2, [`${provider}-b`]: 2 });
    expect(fewest).to.equal(4);
    const messages = ((await describeOne()).events ?? []).map(({ message }) => message);
    expect(messages).to.include(
      `(service ${service}) is not AZ balanced with 4 tasks in zone-a and 0 in zone-b. AZ Rebalancing in progress.`,
    );
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  });

  it("is refused beside what it cannot work with", async () => {
    const update = new UpdateServiceCommand({
      cluster: ecs.cluster,
      service,
      placementStrategy: [{ type: "binpack", field: "memory" }],
    });
    await refused(
      ecs.client.send(update),
      "InvalidParameterException",
      /^Availability Zone rebalancing needs the first/,
    );
  });
});
