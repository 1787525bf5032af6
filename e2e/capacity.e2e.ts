import {
  type CapacityProviderStrategyItem,
  CreateCapacityProviderCommand,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteCapacityProviderCommand,
  DeleteClusterCommand,
  DeregisterContainerInstanceCommand,
  DescribeCapacityProvidersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  PutClusterCapacityProvidersCommand,
  RunTaskCommand,
  StopTaskCommand,
  TagResourceCommand,
  type Task,
  UntagResourceCommand,
  UpdateCapacityProviderCommand,
  UpdateContainerAgentCommand,
  UpdateContainerInstancesStateCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
  waitUntilTasksRunning,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { type PlayedNodes, playNodes } from "./support/played-nodes.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

const LABEL = "kecs.io/capacity-provider";
const GROUP = "arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:1:autoScalingGroupName/";

interface Conditioned {
  status?: {
    nodeCount?: number;
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
}

describe("capacity", () => {
  /** Made through the API; made with kubectl, with labels and taints of its own. */
  const [steady, spot] = [uniqueName("steady"), uniqueName("spot")];
  const [steadyNode, spareNode, spotNode] = [`${steady}-1`, `${steady}-2`, `${spot}-1`];
  let ecs: EcsFixture;
  let nodes: PlayedNodes;
  let sleeper: string;

  before(async () => {
    ecs = await ecsFixture("capacity");
    nodes = playNodes(`ecs-${ecs.cluster}`);
    // The taints keep away whatever is not a task of the provider.
    const taint = [{ key: LABEL, value: steady }];
    await nodes.add(steadyNode, { [LABEL]: steady }, taint);
    await nodes.add(spareNode, { [LABEL]: steady }, taint);
    await nodes.add(spotNode, { "e2e.kecs.io/pool": spot }, [{ key: "e2e.kecs.io/spot" }]);
    sleeper = await ecs.register("sleeper", [shell(SLEEP)]);
    await ecs.client.send(
      new CreateCapacityProviderCommand({
        name: steady,
        autoScalingGroupProvider: {
          autoScalingGroupArn: `${GROUP}${steady}`,
          managedScaling: { status: "ENABLED", targetCapacity: 100 },
          managedTerminationProtection: "ENABLED",
        },
        tags: [{ key: "team", value: "blue" }],
      }),
    );
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSCapacityProvider",
      metadata: { name: spot },
      spec: {
        nodeSelector: { "e2e.kecs.io/pool": spot },
        tolerations: [{ key: "e2e.kecs.io/spot", operator: "Exists" }],
      },
    });
    await eventually("the applied provider is there", async () => {
      const { failures } = await describeProviders(spot);
      return failures?.length === 0;
    });
    await associate([steady, spot]);
  });

  after(async () => {
    await ecs.dispose();
    await nodes.dispose();
    await kubectl("delete", "ecscapacityprovider", "--ignore-not-found", steady, spot);
  });

  const cluster = () => ecs.cluster;
  const describeProviders = (...capacityProviders: string[]) =>
    ecs.client.send(new DescribeCapacityProvidersCommand({ capacityProviders, include: ["TAGS"] }));
  const associate = (capacityProviders: string[], strategy: CapacityProviderStrategyItem[] = []) =>
    ecs.client.send(
      new PutClusterCapacityProvidersCommand({
        cluster: cluster(),
        capacityProviders,
        defaultCapacityProviderStrategy: strategy,
      }),
    );
  const bothOf: () => CapacityProviderStrategyItem[] = () => [
    { capacityProvider: steady, base: 2, weight: 1 },
    { capacityProvider: spot, weight: 3 },
  ];
  const countsOf = (tasks: readonly Task[]) => {
    const names = tasks.map(({ capacityProviderName }) => capacityProviderName);
    return [steady, spot].map((name) => names.filter((each) => each === name).length);
  };
  async function tasksOf(serviceName: string): Promise<Task[]> {
    const { taskArns = [] } = await ecs.client.send(new ListTasksCommand({ cluster: cluster(), serviceName }));
    if (taskArns.length === 0) return [];
    return (await ecs.client.send(new DescribeTasksCommand({ cluster: cluster(), tasks: taskArns }))).tasks ?? [];
  }
  const createService = (serviceName: string, desiredCount: number, more: object) =>
    ecs.client.send(
      new CreateServiceCommand({ cluster: cluster(), serviceName, taskDefinition: sleeper, desiredCount, ...more }),
    );
  const stable = (service: string) =>
    waitUntilServicesStable(patience(ecs.client), { cluster: cluster(), services: [service] });
  const removeService = async (service: string): Promise<void> => {
    await awsEcs("delete-service", "--cluster", cluster(), "--service", service, "--force");
    await awsEcs("wait", "services-inactive", "--cluster", cluster(), "--services", service);
  };
  async function instanceOf(node: string): Promise<string> {
    const { metadata } = await kubectlJson<{ metadata: { uid: string } }>("get", "node", node);
    return `arn:aws:ecs:us-east-1:000000000000:container-instance/${cluster()}/${metadata.uid.replaceAll("-", "")}`;
  }
  const setState = (status: "ACTIVE" | "DRAINING", ...containerInstances: string[]) =>
    ecs.client.send(new UpdateContainerInstancesStateCommand({ cluster: cluster(), containerInstances, status }));

  it("has capacity providers, made by either side, and shows them to both", async () => {
    const { capacityProviders = [], failures } = await describeProviders(steady, spot, "FARGATE", "nobody");
    expect(capacityProviders.map(({ name, type, status }) => [name, type, status])).to.deep.equal([
      [steady, "EC2_AUTOSCALING", "ACTIVE"],
      [spot, "EC2_AUTOSCALING", "ACTIVE"],
      ["FARGATE", "FARGATE", "ACTIVE"],
    ]);
    expect(capacityProviders[0]?.tags).to.deep.equal([{ key: "team", value: "blue" }]);
    expect(failures?.map(({ reason }) => reason)).to.deep.equal(["MISSING"]);
    const pages: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.client.send(
        new DescribeCapacityProvidersCommand({ maxResults: 1, ...(nextToken !== undefined && { nextToken }) }),
      );
      pages.push(...(page.capacityProviders ?? []).map(({ name = "" }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(pages).to.include.members(["FARGATE", "FARGATE_SPOT", steady, spot]);

    const ofCluster = await ecs.client.send(
      new DescribeCapacityProvidersCommand({ cluster: cluster(), capacityProviders: [steady, "FARGATE"] }),
    );
    expect(ofCluster.capacityProviders?.map(({ name }) => name)).to.deep.equal([steady]);

    const counted = await eventually("its nodes are counted", async () => {
      const { status } = await kubectlJson<Conditioned>("get", "ecscp", steady);
      return status?.nodeCount === 2 ? status : undefined;
    });
    const scaling = counted.conditions?.find(({ type }) => type === "ManagedScaling");
    expect(scaling?.message).to.contain(`${LABEL}=${steady}`);
    expect(await kubectl("get", "ecs")).to.contain(steady);
  });

  it("changes and removes them, but not while a cluster has them", async () => {
    const name = uniqueName("brief");
    const create = () =>
      ecs.client.send(
        new CreateCapacityProviderCommand({
          name,
          autoScalingGroupProvider: { autoScalingGroupArn: `${GROUP}${name}`, managedScaling: { status: "ENABLED" } },
        }),
      );
    const remove = () => ecs.client.send(new DeleteCapacityProviderCommand({ capacityProvider: name }));
    await create();
    await refused(create(), "ClientException", /^The specified capacity provider already exists/);
    const { capacityProvider } = await ecs.client.send(
      new UpdateCapacityProviderCommand({
        name,
        autoScalingGroupProvider: { managedScaling: { targetCapacity: 80 }, managedDraining: "DISABLED" },
      }),
    );
    expect(capacityProvider?.updateStatus).to.equal("UPDATE_COMPLETE");
    expect(capacityProvider?.autoScalingGroupProvider?.managedScaling).to.include({
      status: "ENABLED",
      targetCapacity: 80,
    });
    const resourceArn = capacityProvider?.capacityProviderArn;
    await awsEcs("tag-resource", "--resource-arn", resourceArn!, "--tags", "key=a,value=b");
    const { tags } = await ecs.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).to.deep.equal([{ key: "a", value: "b" }]);

    await associate([steady, spot, name]);
    const failed = await remove();
    expect(failed.capacityProvider).to.include({ status: "ACTIVE", updateStatus: "DELETE_FAILED" });
    const again = (await describeProviders(name)).capacityProviders?.[0];
    expect(again?.updateStatusReason).to.contain(`associated with cluster: ${cluster()}`);
    await associate([steady, spot]);
    await remove();
    await eventually("it is INACTIVE", async () => {
      return (await describeProviders(name)).capacityProviders?.[0]?.status === "INACTIVE";
    });
    await refused(remove(), "ClientException", /does not exist/);
    await refused(
      associate([name]),
      "InvalidParameterException",
      `The specified capacity provider ${name} was not found.`,
    );
    await refused(
      ecs.client.send(
        new CreateCapacityProviderCommand({
          name: "fargate-own",
          autoScalingGroupProvider: { autoScalingGroupArn: "a" },
        }),
      ),
      "InvalidParameterException",
      /can't be prefixed/,
    );
  });

  it("keeps a managed instances provider to its cluster, which stays while it has one", async () => {
    const name = uniqueName("managed");
    const other = uniqueName("owner");
    const managedInstancesProvider = {
      infrastructureRoleArn: "arn:aws:iam::000000000000:role/infrastructure",
      instanceLaunchTemplate: {
        ec2InstanceProfileArn: "arn:aws:iam::000000000000:instance-profile/ecs",
        networkConfiguration: { subnets: ["subnet-1"] },
      },
    };
    await ecs.client.send(new CreateClusterCommand({ clusterName: other }));
    const create = (more: object) =>
      ecs.client.send(new CreateCapacityProviderCommand({ name, managedInstancesProvider, ...more }));
    await refused(create({}), "InvalidParameterException", /cluster must be specified/);
    const { capacityProvider } = await create({ cluster: other });
    expect(capacityProvider).to.include({ type: "MANAGED_INSTANCES", status: "ACTIVE" });
    expect(capacityProvider?.managedInstancesProvider).to.deep.equal(managedInstancesProvider);
    await refused(
      associate([name]),
      "InvalidParameterException",
      `The specified capacity provider ${name} was not found.`,
    );
    const { capacityProviders } = await ecs.client.send(new DescribeCapacityProvidersCommand({ cluster: other }));
    expect(capacityProviders?.map((each) => each.name)).to.deep.equal([name]);
    const removeCluster = () => ecs.client.send(new DeleteClusterCommand({ cluster: other }));
    await refused(removeCluster(), "ClientException", /Cluster Scoped Capacity Providers/);
    await ecs.client.send(new DeleteCapacityProviderCommand({ capacityProvider: name, cluster: other }));
    await eventually("the cluster can go", async () => (await removeCluster()).cluster?.status === "INACTIVE");
  });

  it("divides the tasks of RunTask by base and weight, each on its provider's nodes", async () => {
    await associate([steady, spot], bothOf());
    const { tasks = [] } = await ecs.client.send(
      new RunTaskCommand({ cluster: cluster(), taskDefinition: sleeper, count: 10 }),
    );
    expect(countsOf(tasks)).to.deep.equal([4, 6]);
    const arns = tasks.map(({ taskArn }) => taskArn!);
    await waitUntilTasksRunning(patience(ecs.client), { cluster: cluster(), tasks: arns });
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster: cluster(), tasks: arns }));
    expect(countsOf(described.tasks ?? [])).to.deep.equal([4, 6]);
    const spotInstance = await instanceOf(spotNode);
    for (const { capacityProviderName, containerInstanceArn } of described.tasks ?? []) {
      expect(containerInstanceArn === spotInstance).to.equal(capacityProviderName === spot);
    }
    const { containerInstances } = await ecs.client.send(
      new DescribeContainerInstancesCommand({ cluster: cluster(), containerInstances: [spotInstance] }),
    );
    expect(containerInstances?.[0]).to.include({ capacityProviderName: spot, runningTasksCount: 6 });
    const tags = [{ key: "rack", value: "7" }];
    await ecs.client.send(new TagResourceCommand({ resourceArn: spotInstance, tags }));
    const { containerInstances: tagged } = await ecs.client.send(
      new DescribeContainerInstancesCommand({
        cluster: cluster(),
        containerInstances: [spotInstance],
        include: ["TAGS"],
      }),
    );
    expect(tagged?.[0]?.tags).to.deep.equal(tags);
    await ecs.client.send(new UntagResourceCommand({ resourceArn: spotInstance, tagKeys: ["rack"] }));
    const left = await ecs.client.send(new ListTagsForResourceCommand({ resourceArn: spotInstance }));
    expect(left.tags).to.deep.equal([]);
    await Promise.all(arns.map((task) => ecs.client.send(new StopTaskCommand({ cluster: cluster(), task }))));
    await refused(
      ecs.client.send(
        new RunTaskCommand({
          cluster: cluster(),
          taskDefinition: sleeper,
          capacityProviderStrategy: [{ capacityProvider: "nobody" }],
        }),
      ),
      "InvalidParameterException",
      "The specified capacity provider nobody was not found.",
    );
  });

  it("divides a service's tasks alike, also those that come later", async () => {
    await createService("split", 6, { capacityProviderStrategy: bothOf() });
    await stable("split");
    expect(countsOf(await tasksOf("split"))).to.deep.equal([3, 3]);
    await ecs.client.send(new UpdateServiceCommand({ cluster: cluster(), service: "split", desiredCount: 10 }));
    await stable("split");
    expect(countsOf(await tasksOf("split"))).to.deep.equal([4, 6]);
    await ecs.client.send(new UpdateServiceCommand({ cluster: cluster(), service: "split", desiredCount: 2 }));
    await stable("split");
    expect(countsOf(await tasksOf("split")), "the base stays").to.deep.equal([2, 0]);
    await refused(
      associate([spot]),
      "ResourceInUseException",
      "The specified capacity provider is in use and cannot be removed.",
    );
    const pods = await kubectl(
      "--namespace",
      `ecs-${cluster()}`,
      "get",
      "pods",
      "-l",
      `${LABEL}=${steady}`,
      "-o",
      "yaml",
    );
    expect(pods).to.contain('cluster-autoscaler.kubernetes.io/safe-to-evict: "false"');
    await removeService("split");
  });

  it("tells kubectl and the service's events what is missing", async () => {
    const late = uniqueName("late");
    const namespace = ["--namespace", `ecs-${cluster()}`];
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSService",
      metadata: { name: "late", namespace: `ecs-${cluster()}` },
      spec: { taskDefinition: sleeper, desiredCount: 1, capacityProviderStrategy: [{ capacityProvider: late }] },
    });
    const stalled = await eventually("the service is Stalled", async () => {
      const { status } = await kubectlJson<Conditioned>(...namespace, "get", "ecsservice", "late");
      return status?.conditions?.find(({ type, status: holds }) => type === "Stalled" && holds === "True");
    });
    expect(stalled.reason).to.equal("CapacityProviderNotFound");
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSCapacityProvider",
      metadata: { name: late },
      spec: { autoScalingGroupProvider: { autoScalingGroupArn: late } },
    });
    await eventually("the service says that there is no node", async () => {
      const { services } = await ecs.client.send(
        new DescribeServicesCommand({ cluster: cluster(), services: ["late"] }),
      );
      return services?.[0]?.events?.some(
        ({ message }) =>
          message ===
          "(service late) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your capacity provider.",
      );
    });
    await nodes.add(`${late}-1`, { [LABEL]: late }, [{ key: LABEL, value: late }]);
    await stable("late");
    expect((await tasksOf("late"))[0]?.capacityProviderName).to.equal(late);
    await removeService("late");
    await kubectl("delete", "ecscapacityprovider", late);
  });

  it("drains a container instance: services replace their tasks first, other tasks go on", async () => {
    const strategy = { capacityProviderStrategy: [{ capacityProvider: steady, weight: 1 }] };
    await associate([steady, spot]);
    const drained = await instanceOf(steadyNode);
    await setState("DRAINING", await instanceOf(spareNode));
    await createService("stays", 3, { ...strategy, deploymentConfiguration: { minimumHealthyPercent: 100 } });
    const { tasks: [alone] = [] } = await ecs.client.send(
      new RunTaskCommand({ cluster: cluster(), taskDefinition: sleeper, ...strategy }),
    );
    await stable("stays");
    await waitUntilTasksRunning(patience(ecs.client), { cluster: cluster(), tasks: [alone!.taskArn!] });
    const before = await tasksOf("stays");
    expect(new Set(before.map(({ containerInstanceArn }) => containerInstanceArn))).to.deep.equal(new Set([drained]));

    await setState("ACTIVE", await instanceOf(spareNode));
    const { containerInstances, failures } = await setState("DRAINING", drained, "nobody");
    expect(containerInstances?.[0]).to.include({ containerInstanceArn: drained, status: "DRAINING" });
    expect(failures?.[0]?.reason).to.equal("MISSING");
    const least: number[] = [];
    await eventually("its tasks run elsewhere", async () => {
      const { services } = await ecs.client.send(
        new DescribeServicesCommand({ cluster: cluster(), services: ["stays"] }),
      );
      least.push(services?.[0]?.runningCount ?? 0);
      const tasks = await tasksOf("stays");
      return tasks.length === 3 && tasks.every((task) => task.containerInstanceArn !== drained);
    });
    expect(Math.min(...least), "tasks that ran meanwhile").to.be.at.least(3);
    await stable("stays");
    const stopped = await ecs.client.send(
      new DescribeTasksCommand({ cluster: cluster(), tasks: before.map(({ taskArn }) => taskArn!) }),
    );
    for (const { stopCode } of stopped.tasks ?? []) expect(stopCode).to.equal("ServiceSchedulerInitiated");
    const { tasks: [standalone] = [] } = await ecs.client.send(
      new DescribeTasksCommand({ cluster: cluster(), tasks: [alone!.taskArn!] }),
    );
    expect(standalone?.lastStatus).to.equal("RUNNING");
    const list = async (status: "ACTIVE" | "DRAINING") =>
      (await ecs.client.send(new ListContainerInstancesCommand({ cluster: cluster(), status }))).containerInstanceArns;
    expect(await list("DRAINING")).to.include(drained);
    await setState("ACTIVE", drained);
    expect(await list("ACTIVE")).to.include(drained);

    // What kubectl cordons takes no more tasks and keeps those that it has.
    await kubectl("cordon", spareNode);
    await ecs.client.send(new UpdateServiceCommand({ cluster: cluster(), service: "stays", desiredCount: 4 }));
    await stable("stays");
    expect(await list("DRAINING")).to.include(await instanceOf(spareNode));
    const after = (await tasksOf("stays")).map(({ containerInstanceArn }) => containerInstanceArn);
    expect(after.filter((instance) => instance === drained)).to.have.length(1);
    await kubectl("uncordon", spareNode);
    await removeService("stays");
    await ecs.client.send(new StopTaskCommand({ cluster: cluster(), task: alone!.taskArn! }));
  });

  it("deregisters a container instance, and has no agent to update", async () => {
    const strategy = [{ capacityProvider: spot, weight: 1 }];
    const containerInstance = await instanceOf(spotNode);
    const deregister = (force: boolean) =>
      ecs.client.send(new DeregisterContainerInstanceCommand({ cluster: cluster(), containerInstance, force }));
    const { tasks: [task] = [] } = await ecs.client.send(
      new RunTaskCommand({ cluster: cluster(), taskDefinition: sleeper, capacityProviderStrategy: strategy }),
    );
    await waitUntilTasksRunning(patience(ecs.client), { cluster: cluster(), tasks: [task!.taskArn!] });
    await refused(
      ecs.client.send(new UpdateContainerAgentCommand({ cluster: cluster(), containerInstance })),
      "NoUpdateAvailableException",
      /no update available/,
    );
    await refused(deregister(false), "InvalidParameterException", "Found running tasks on the instance.");
    expect((await deregister(true)).containerInstance?.status).to.equal("INACTIVE");
    const { containerInstanceArns } = await ecs.client.send(new ListContainerInstancesCommand({ cluster: cluster() }));
    expect(containerInstanceArns).to.not.include(containerInstance);
    const { failures } = await setState("ACTIVE", containerInstance);
    expect(failures?.[0]?.reason).to.equal("INACTIVE");
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster: cluster(), tasks: [task!.taskArn!] }));
    expect(described.tasks?.[0]?.lastStatus).to.equal("RUNNING");
    await ecs.client.send(new StopTaskCommand({ cluster: cluster(), task: task!.taskArn! }));
    await kubectlRaw(["taint", "node", spotNode, "kecs.io/deregistered-"]);
    await eventually("it is back", async () => {
      const all = await ecs.client.send(new ListContainerInstancesCommand({ cluster: cluster() }));
      return all.containerInstanceArns?.includes(containerInstance);
    });
  });
});
