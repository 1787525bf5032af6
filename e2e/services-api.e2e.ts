import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListServicesCommand,
  ListTasksCommand,
  type Service,
  UpdateClusterSettingsCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { environment } from "./support/environment.ts";
import { kubectl, kubectlApply, kubectlJson } from "./support/kubectl.ts";
import { awsEcs, awsEcsRaw } from "./support/python-clients.ts";
import { eventually } from "./support/wait.ts";

describe("services through the ECS API", () => {
  let ecs: EcsFixture;
  /** Two revisions of one family. */
  let first: string;
  let second: string;

  before(async () => {
    ecs = await ecsFixture("services");
    first = await ecs.register("app", [shell(SLEEP)]);
    second = await ecs.register("app", [shell(SLEEP, { environment: [{ name: "REVISION", value: "2" }] })]);
  });
  after(() => ecs.dispose());

  const arnOf = (name: string): string => `arn:aws:ecs:us-east-1:000000000000:service/${ecs.cluster}/${name}`;
  const create = async (serviceName: string, input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
    const defaults = { cluster: ecs.cluster, serviceName, taskDefinition: first, desiredCount: 1 };
    const { service } = await ecs.client.send(new CreateServiceCommand({ ...defaults, ...input }));
    return service!;
  };
  const update = async (service: string, input: Partial<UpdateServiceCommandInput>): Promise<Service> => {
    const answer = await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...input }));
    return answer.service!;
  };
  const remove = (service: string, force?: boolean) =>
    ecs.client.send(new DeleteServiceCommand({ cluster: ecs.cluster, service, ...(force && { force }) }));
  const describeOne = async (service: string): Promise<Service> => {
    const command = new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] });
    const { services = [], failures } = await ecs.client.send(command);
    expect(failures).to.deep.equal([]);
    expect(services).to.have.length(1);
    return services[0]!;
  };
  const stable = (service: string) =>
    waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  const tasksOf = async (serviceName: string): Promise<string[]> =>
    (await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, serviceName }))).taskArns ?? [];

  describe("the life of a service", () => {
    const name = "Life_Of";
    let firstTasks: string[];

    it("begins with a PRIMARY deployment in progress, and gets stable", async () => {
      const service = await create(name, { tags: [{ key: "team", value: "blue" }] });
      expect(service).to.include({ serviceName: name, serviceArn: arnOf(name), status: "ACTIVE", desiredCount: 1 });
      expect(service).to.include({ launchType: "EC2", schedulingStrategy: "REPLICA", runningCount: 0 });
      expect(service.deployments).to.have.length(1);
      expect(service.deployments?.[0]).to.include({ status: "PRIMARY", rolloutState: "IN_PROGRESS", desiredCount: 1 });
      expect(service.deployments?.[0]?.createdAt).to.be.instanceOf(Date);
      await stable(name);
      const now = await describeOne(name);
      expect(now).to.include({ runningCount: 1, pendingCount: 0 });
      expect(now.deployments?.map(({ id, rolloutState }) => [id, rolloutState])).to.deep.equal([
        [service.deployments?.[0]?.id, "COMPLETED"],
      ]);
      expect(now.events?.[0]?.message).to.equal(`(service ${name}) has reached a steady state.`);
      firstTasks = await tasksOf(name);
      const { tasks } = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks: firstTasks }));
      expect(tasks?.map(({ group, startedBy, lastStatus }) => ({ group, startedBy, lastStatus }))).to.deep.equal([
        { group: `service:${name}`, startedBy: now.deployments?.[0]?.id, lastStatus: "RUNNING" },
      ]);
    });

    it("is described with its tags when they are asked for", async () => {
      const services = [arnOf(name), "nobody"];
      const command = new DescribeServicesCommand({ cluster: ecs.cluster, services, include: ["TAGS"] });
      const answer = await ecs.client.send(command);
      expect(answer.services?.map(({ tags }) => tags)).to.deep.equal([[{ key: "team", value: "blue" }]]);
      expect(answer.failures).to.deep.equal([{ arn: arnOf("nobody"), reason: "MISSING" }]);
      expect(await describeOne(name)).to.not.have.property("tags");
    });

    it("grows without replacing its tasks", async () => {
      const service = await update(name, { desiredCount: 2 });
      expect(service).to.include({ desiredCount: 2, runningCount: 1 });
      expect(service.deployments).to.have.length(1);
      await stable(name);
      expect(await describeOne(name)).to.include({ desiredCount: 2, runningCount: 2 });
      expect(await tasksOf(name)).to.include.members(firstTasks);
    });

    it("rolls over to another revision, shown from the first answer on", async () => {
      const before = await tasksOf(name);
      const service = await update(name, { taskDefinition: second });
      expect(service).to.include({ desiredCount: 2, status: "ACTIVE" });
      expect(service.taskDefinition).to.match(new RegExp(`/${second}$`));
      expect(service.deployments?.map(({ status }) => status)).to.deep.equal(["PRIMARY", "ACTIVE"]);
      const seen = await describeOne(name);
      expect(seen.deployments?.map(({ id }) => id)).to.include(service.deployments?.[0]?.id);
      await stable(name);
      const now = await describeOne(name);
      expect(now.deployments?.map(({ id, rolloutState }) => [id, rolloutState])).to.deep.equal([
        [service.deployments?.[0]?.id, "COMPLETED"],
      ]);
      expect(await tasksOf(name)).to.have.length(2);
      expect(await tasksOf(name)).to.not.include.members(before);
    });

    it("rolls over by force, with nothing else changed", async () => {
      const before = await tasksOf(name);
      const service = await update(name, { forceNewDeployment: true });
      expect(service.deployments?.map(({ status }) => status)).to.deep.equal(["PRIMARY", "ACTIVE"]);
      await stable(name);
      const now = await describeOne(name);
      expect(now.deployments?.map(({ id }) => id)).to.deep.equal([service.deployments?.[0]?.id]);
      for (const task of await tasksOf(name)) expect(before).to.not.include(task);
    });

    it("is not deleted while it is scaled above 0, but by force", async () => {
      const message = "The service cannot be stopped while it is scaled above 0.";
      await refused(remove(name), "InvalidParameterException", message);
      const { service } = await remove(name, true);
      expect(service).to.include({ status: "DRAINING", desiredCount: 0 });
      expect(await describeOne(name))
        .to.have.property("status")
        .that.is.oneOf(["DRAINING", "INACTIVE"]);
    });

    it("ends INACTIVE, stays readable, and may be created again", async () => {
      await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: [name] });
      expect(await describeOne(name)).to.include({ status: "INACTIVE", desiredCount: 0, runningCount: 0 });
      const { serviceArns } = await ecs.client.send(new ListServicesCommand({ cluster: ecs.cluster }));
      expect(serviceArns).to.not.include(arnOf(name));
      await refused(update(name, { desiredCount: 1 }), "ServiceNotActiveException", "Service was not ACTIVE.");
      await refused(remove(name), "ServiceNotFoundException", "Service not found.");
      const again = await create(name, { desiredCount: 0 });
      expect(again).to.include({ status: "ACTIVE", desiredCount: 0 });
      await stable(name);
      await remove(name);
    });
  });

  it("are counted in the gateway's metrics where the cluster has containerInsights", async () => {
    await create("counted", { desiredCount: 2 });
    await stable("counted");
    const series = async (): Promise<string[]> => {
      const text = await (await fetch(`${environment.admin}/metrics`)).text();
      return text.split("\n").filter((line) => line.includes(`cluster="${ecs.cluster}"`));
    };
    expect(await series()).to.deep.equal([]);
    const settings = [{ name: "containerInsights" as const, value: "enabled" }];
    await ecs.client.send(new UpdateClusterSettingsCommand({ cluster: ecs.cluster, settings }));
    const counted = await eventually("the service is counted", async () => {
      const found = await series();
      return found.some((line) => line.includes(`service="counted"`)) ? found : undefined;
    });
    for (const status of ["desired", "running"]) {
      const wanted = new RegExp(`^kecs_service_tasks\\{(?=.*service="counted")(?=.*status="${status}").*\\} 2$`);
      expect(
        counted.some((line) => wanted.test(line)),
        counted.join("\n"),
      ).to.equal(true);
    }
    expect(counted.some((line) => /^kecs_cluster_services\{.*\} [1-9]/.test(line))).to.equal(true);
    await remove("counted", true);
  });

  it("ends the AWS CLI's own waiters", async () => {
    await create("waited", { taskDefinition: second });
    const service = ["--cluster", ecs.cluster, "--services", "waited"] as const;
    await awsEcs("wait", "services-stable", ...service);
    await awsEcs("update-service", "--cluster", ecs.cluster, "--service", "waited", "--desired-count", "0");
    await awsEcs("delete-service", "--cluster", ecs.cluster, "--service", "waited");
    await awsEcs("wait", "services-inactive", ...service);
  });

  it("creates a service once for the same request, and says so of another", async () => {
    const request = { clientToken: "once", desiredCount: 0 };
    const made = await create("once", request);
    const again = await create("once", request);
    expect(again.createdAt).to.deep.equal(made.createdAt);
    const message = "Creation of service was not idempotent.";
    await refused(create("once", { desiredCount: 0, taskDefinition: second }), "InvalidParameterException", message);
    await update("once", { desiredCount: 1 });
    await refused(create("once", request), "InvalidParameterException", message);
  });

  it("keeps what an update leaves out", async () => {
    const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 150 };
    await create("kept", { desiredCount: 0, deploymentConfiguration, propagateTags: "SERVICE" });
    const service = await update("kept", {
      deploymentConfiguration: { maximumPercent: 175 },
      enableECSManagedTags: true,
    });
    expect(service).to.include({ desiredCount: 0, propagateTags: "SERVICE", enableECSManagedTags: true });
    expect(service.deploymentConfiguration).to.include({ minimumHealthyPercent: 50, maximumPercent: 175 });
    const blocked = update("kept", { deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 100 } });
    await refused(blocked, "InvalidParameterException", /cannot be 100 as this will block deployments/);
  });

  it("lists in pages of 10 unless told otherwise, by filter", async () => {
    const names = Array.from({ length: 11 }, (_, index) => `page-${index}`);
    await Promise.all(names.map((name) => create(name, { desiredCount: 0 })));
    const list = (input: object) => ecs.client.send(new ListServicesCommand({ cluster: ecs.cluster, ...input }));
    const page = await list({});
    expect(page.serviceArns).to.have.length(10);
    const seen = [...(page.serviceArns ?? [])];
    for (let nextToken = page.nextToken; nextToken !== undefined;) {
      const next = await list({ nextToken });
      seen.push(...(next.serviceArns ?? []));
      nextToken = next.nextToken;
    }
    expect(seen).to.include.members(names.map(arnOf));
    expect(new Set(seen)).to.have.property("size", seen.length);
    const all = await list({ maxResults: 100, launchType: "EC2", schedulingStrategy: "REPLICA" });
    expect(all.serviceArns).to.have.members(seen);
    expect((await list({ launchType: "FARGATE" })).serviceArns).to.deep.equal([]);
    expect((await list({ schedulingStrategy: "DAEMON" })).serviceArns).to.deep.equal([]);
    await refused(list({ nextToken: "x" }), "InvalidParameterException", /nextToken/);
    await refused(list({ maxResults: 101 }), "InvalidParameterException", /maxResults/);
  });

  it("takes a service made by kubectl as its own", async () => {
    const namespace = `ecs-${ecs.cluster}`;
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSService",
      metadata: { name: "by-hand", namespace },
      spec: { taskDefinition: first, desiredCount: 1 },
    });
    await eventually("the service is known", () => describeOne("by-hand"));
    await stable("by-hand");
    await refused(create("by-hand"), "InvalidParameterException", "Creation of service was not idempotent.");
    await update("by-hand", { desiredCount: 0, taskDefinition: second });
    const { spec } = await kubectlJson<{ spec: object }>("get", "ecsservice", "by-hand", "-n", namespace);
    expect(spec).to.include({ desiredCount: 0, taskDefinition: second });
    await kubectl("scale", "ecsservice", "by-hand", "-n", namespace, "--replicas=1");
    await eventually("the API shows it", async () => (await describeOne("by-hand")).desiredCount === 1);
    await remove("by-hand", true);
    await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: ["by-hand"] });
  });

  describe("CreateService refuses", () => {
    const network = { awsvpcConfiguration: { subnets: ["subnet-1"] } };
    const cases: [string, Partial<CreateServiceCommandInput>, string, RegExp | string][] = [
      ["an unknown cluster", { cluster: "nowhere" }, "ClusterNotFoundException", "Cluster not found."],
      [
        "an unknown task definition",
        { taskDefinition: "none" },
        "InvalidParameterException",
        "TaskDefinition not found.",
      ],
      ["a strange name", { serviceName: "my web" }, "InvalidParameterException", /serviceName/],
      ["no count", { desiredCount: undefined }, "InvalidParameterException", /desiredCount is required/],
      [
        "no task definition",
        { taskDefinition: undefined },
        "InvalidParameterException",
        "TaskDefinition can not be blank.",
      ],
      ["a negative count", { desiredCount: -1 }, "InvalidParameterException", /desiredCount/],
      ["Fargate for a bridge", { launchType: "FARGATE" }, "InvalidParameterException", /launch_type FARGATE/],
      ["a network for a bridge", { networkConfiguration: network }, "InvalidParameterException", /networkMode/],
      [
        "an alternate target group that is none",
        { loadBalancers: [{ advancedConfiguration: { alternateTargetGroupArn: "arn" } }] },
        "InvalidParameterException",
        /loadBalancers\[0\]\.advancedConfiguration: Invalid alternateTargetGroupArn: arn/,
      ],
      [
        "a constraint that only RunTask can have, by name",
        { placementConstraints: [{ type: "memberOf", expression: "runningTasksCount == 0" }] },
        "UnsupportedFeatureException",
        /placementConstraints/,
      ],
      [
        "ECS Exec without a role",
        { enableExecuteCommand: true },
        "InvalidParameterException",
        /couldn't be created because a valid taskRoleArn/,
      ],
    ];
    for (const [what, input, code, message] of cases) {
      it(what, async () => {
        await refused(create("refused", input), code, message);
      });
    }
  });

  describe("the others refuse", () => {
    it("services that are not there", async () => {
      await refused(update("none", { desiredCount: 1 }), "ServiceNotFoundException", "Service not found.");
      await refused(remove("none"), "ServiceNotFoundException", "Service not found.");
      const { stderr } = await awsEcsRaw("delete-service", "--cluster", "nowhere", "--service", "none");
      expect(stderr).to.contain("(ClusterNotFoundException) when calling the DeleteService operation");
    });

    it("to describe none and more than 10", async () => {
      const describe = (services: string[]) =>
        ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services }));
      await refused(describe([]), "InvalidParameterException", "Services cannot be empty.");
      await refused(describe(Array.from({ length: 11 }, String)), "InvalidParameterException", /10/);
    });

    it("a task definition that is not there, and change nothing", async () => {
      await create("steady", { desiredCount: 0 });
      const call = update("steady", { taskDefinition: "none:1", desiredCount: 3 });
      await refused(call, "InvalidParameterException", "TaskDefinition not found.");
      expect(await describeOne("steady")).to.include({ desiredCount: 0 });
    });
  });
});
