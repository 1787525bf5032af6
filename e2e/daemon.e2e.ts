import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTasksCommand,
  type Service,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlJson } from "./support/kubectl.ts";
import { eventually, uniqueName } from "./support/wait.ts";

describe("a daemon service", () => {
  const service = "agent";
  /** An attribute of this test's own, on the node that the daemon is to run on. */
  const mark = uniqueName("daemon");
  let ecs: EcsFixture;
  let node: string;
  let first: string;
  let second: string;
  let tooBig: string;

  before(async () => {
    ecs = await ecsFixture("daemon");
    const { items } = await kubectlJson<{ items: { metadata: { name: string }; spec: { taints?: object[] } }[] }>(
      "get",
      "nodes",
    );
    node = items.find(({ spec }) => spec.taints === undefined)!.metadata.name;
    first = await ecs.register("agent", [shell(SLEEP)]);
    second = await ecs.register("agent", [shell(SLEEP, { environment: [{ name: "REVISION", value: "2" }] })]);
    tooBig = await ecs.register("agent", [shell(SLEEP, { memory: 50_000_000 })]);
  });
  after(async () => {
    await kubectl("label", "node", node, `attribute.kecs.io/${mark}-`);
    await ecs.dispose();
  });

  const create = async (input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
    const placementConstraints = [{ type: "memberOf" as const, expression: `attribute:${mark} == yes` }];
    const wanted = { cluster: ecs.cluster, serviceName: service, taskDefinition: first, placementConstraints };
    const command = new CreateServiceCommand({ ...wanted, schedulingStrategy: "DAEMON", ...input });
    return (await ecs.client.send(command)).service!;
  };
  const describeOne = async (): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const tasksOf = async (): Promise<string[]> =>
    (await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, serviceName: service }))).taskArns ?? [];
  const stable = () => waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  const counts = (desiredCount: number, runningCount: number) =>
    eventually(`${runningCount} of ${desiredCount} tasks run`, async () => {
      const now = await describeOne();
      return now.desiredCount === desiredCount && now.runningCount === runningCount && now;
    });

  it("wants no task while no node is for it", async () => {
    const created = await create();
    expect(created).to.include({ schedulingStrategy: "DAEMON", desiredCount: 0 });
    expect(created.deploymentConfiguration).to.include({ maximumPercent: 100, minimumHealthyPercent: 0 });
    await stable();
    expect(await describeOne()).to.include({ desiredCount: 0, runningCount: 0 });
    const command = new ListServicesCommand({ cluster: ecs.cluster, schedulingStrategy: "DAEMON" });
    expect((await ecs.client.send(command)).serviceArns).to.have.length(1);
  });

  it("runs a task on a node as soon as that fits its constraints", async () => {
    await kubectl("label", "node", node, `attribute.kecs.io/${mark}=yes`);
    const now = await counts(1, 1);
    const tasks = await tasksOf();
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks }));
    expect(described.tasks?.map(({ group, startedBy }) => [group, startedBy])).to.deep.equal([
      [`service:${service}`, now.deployments?.[0]?.id],
    ]);
    await eventually("it is steady", async () =>
      (await describeOne()).events?.[0]?.message?.endsWith("has reached a steady state."),
    );
  });

  it("starts another task in the place of one that was stopped", async () => {
    const [task = ""] = await tasksOf();
    await kubectl("delete", "pods", "--all", "-n", `ecs-${ecs.cluster}`, "--wait=false");
    await eventually("another task runs", async () => {
      const [other] = await tasksOf();
      return other !== undefined && other !== task;
    });
    await counts(1, 1);
  });

  it("rolls over to another revision", async () => {
    const before = await tasksOf();
    const command = new UpdateServiceCommand({ cluster: ecs.cluster, service, taskDefinition: second });
    const { deployments } = (await ecs.client.send(command)).service!;
    expect(deployments?.map(({ status }) => status)).to.deep.equal(["PRIMARY", "ACTIVE"]);
    await eventually("the rollout is complete", async () => {
      const { deployments: now = [] } = await describeOne();
      return now.length === 1 && now[0]?.id === deployments?.[0]?.id && now[0]?.rolloutState === "COMPLETED";
    });
    expect(await tasksOf()).to.not.include.members(before);
    const list = new ListServiceDeploymentsCommand({ cluster: ecs.cluster, service });
    // The service says so a moment before the record of its deployment does.
    await eventually("both service deployments are SUCCESSFUL", async () => {
      const { serviceDeployments = [] } = await ecs.client.send(list);
      return serviceDeployments.length === 2 && serviceDeployments.every(({ status }) => status === "SUCCESSFUL");
    });
  });

  it("starts nothing more once its deployment was aborted, and goes on with the next", async () => {
    await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, taskDefinition: tooBig }));
    const list = new ListServiceDeploymentsCommand({ cluster: ecs.cluster, service, status: ["IN_PROGRESS"] });
    const begun = await eventually("it has begun", async () => (await ecs.client.send(list)).serviceDeployments?.[0]);
    const { serviceDeploymentArn } = begun;
    await ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ABORT" }));
    await eventually("the deployment has failed and nothing waits", async () => {
      const { deployments = [], pendingCount } = await describeOne();
      return deployments[0]?.rolloutState === "FAILED" && pendingCount === 0;
    });
    await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, taskDefinition: first }));
    await stable();
    await counts(1, 1);
  });

  it("stops its task when the node is no longer for it", async () => {
    await kubectl("label", "node", node, `attribute.kecs.io/${mark}-`);
    await counts(0, 0);
  });

  it("refuses what a daemon cannot have", async () => {
    const invalid = (input: Partial<CreateServiceCommandInput>, message: RegExp) =>
      refused(create({ serviceName: "other", ...input }), "InvalidParameterException", message);
    await invalid({ desiredCount: 2 }, /does not support a desired count/);
    await invalid({ placementStrategy: [{ type: "random" }] }, /does not support placement strategies/);
    await invalid({ deploymentConfiguration: { maximumPercent: 200 } }, /maximumPercent/);
    await refused(
      ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, desiredCount: 1 })),
      "InvalidParameterException",
      /does not support a desired count/,
    );
  });

  it("is deleted without force", async () => {
    await ecs.client.send(new DeleteServiceCommand({ cluster: ecs.cluster, service }));
    await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  });
});
