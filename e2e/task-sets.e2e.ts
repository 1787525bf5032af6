import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  CreateTaskSetCommand,
  type CreateTaskSetCommandInput,
  DeleteServiceCommand,
  DeleteTaskSetCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  DescribeTaskSetsCommand,
  ListTasksCommand,
  type Service,
  type TaskSet,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  UpdateServicePrimaryTaskSetCommand,
  UpdateTaskSetCommand,
  waitUntilServicesInactive,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP, targetGroupArn } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually } from "./support/wait.ts";

const ID = /^ecs-svc\/\d{19}$/;
const PERCENT = "PERCENT" as const;

interface EndpointSlices {
  items: { endpoints?: { conditions?: { ready?: boolean }; targetRef?: { name: string } }[] }[];
}

describe("task sets", () => {
  let ecs: EcsFixture;
  let blue: string;
  let green: string;
  let namespace: string;

  before(async () => {
    ecs = await ecsFixture("task-sets");
    namespace = `ecs-${ecs.cluster}`;
    blue = await ecs.register("web", [shell(SLEEP)]);
    green = await ecs.register("web", [shell(SLEEP, { environment: [{ name: "COLOUR", value: "green" }] })]);
  });
  after(() => ecs.dispose());

  const createService = async (serviceName: string, input: Partial<CreateServiceCommandInput> = {}) => {
    const wanted = { cluster: ecs.cluster, serviceName, desiredCount: 3 };
    const deploymentController = { type: "EXTERNAL" as const };
    return (await ecs.client.send(new CreateServiceCommand({ ...wanted, deploymentController, ...input }))).service!;
  };
  const createTaskSet = async (service: string, input: Partial<CreateTaskSetCommandInput> = {}): Promise<TaskSet> => {
    const command = new CreateTaskSetCommand({ cluster: ecs.cluster, service, taskDefinition: blue, ...input });
    return (await ecs.client.send(command)).taskSet!;
  };
  const scale = async (service: string, taskSet: string, value: number): Promise<TaskSet> => {
    const command = { cluster: ecs.cluster, service, taskSet, scale: { value, unit: PERCENT } };
    return (await ecs.client.send(new UpdateTaskSetCommand(command))).taskSet!;
  };
  const makePrimary = async (service: string, primaryTaskSet: string): Promise<TaskSet> => {
    const command = new UpdateServicePrimaryTaskSetCommand({ cluster: ecs.cluster, service, primaryTaskSet });
    return (await ecs.client.send(command)).taskSet!;
  };
  const remove = async (service: string, taskSet: string, force?: boolean): Promise<TaskSet> => {
    const command = new DeleteTaskSetCommand({ cluster: ecs.cluster, service, taskSet, force });
    return (await ecs.client.send(command)).taskSet!;
  };
  const taskSets = async (service: string, ...ids: string[]): Promise<TaskSet[]> => {
    const command = new DescribeTaskSetsCommand({ cluster: ecs.cluster, service, taskSets: ids });
    return (await ecs.client.send(command)).taskSets!;
  };
  const describeOne = async (service: string): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const update = (service: string, input: Partial<UpdateServiceCommandInput>) =>
    ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...input }));
  /** As tools for blue-green deployments wait. */
  const steady = (service: string, id: string, count: number): Promise<TaskSet> =>
    eventually(`${id} is steady with ${count} tasks`, async () => {
      const [now] = await taskSets(service, id);
      const there = now?.runningCount === count && now.computedDesiredCount === count;
      return there && now.stabilityStatus === "STEADY_STATE" && now;
    });
  const tasksOf = async (service: string) => {
    const { taskArns: tasks = [] } = await ecs.client.send(
      new ListTasksCommand({ cluster: ecs.cluster, serviceName: service }),
    );
    if (tasks.length === 0) return [];
    return (await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks }))).tasks ?? [];
  };

  describe("of a service with the deployment controller EXTERNAL", () => {
    const service = "shop";
    let first: string;
    let second: string;

    it("are none at first, and no deployments either", async () => {
      const created = await createService(service);
      expect(created).to.deep.include({ deploymentController: { type: "EXTERNAL" }, deployments: [], taskSets: [] });
      expect(created).to.include({ desiredCount: 3, runningCount: 0 });
      expect(created).to.not.have.any.keys("taskDefinition", "launchType");
    });

    it("begin at zero percent", async () => {
      const input = { externalId: "release-1", clientToken: "one", tags: [{ key: "colour", value: "blue" }] };
      const created = await createTaskSet(service, input);
      first = created.id!;
      expect(first).to.match(ID);
      expect(created.taskSetArn).to.match(new RegExp(`:task-set/${ecs.cluster}/${service}/${first}$`));
      expect(created).to.deep.include({ status: "ACTIVE", externalId: "release-1", stabilityStatus: "STABILIZING" });
      expect(created).to.deep.include({ scale: { value: 0, unit: "PERCENT" }, computedDesiredCount: 0 });
      await steady(service, first, 0);
      expect((await createTaskSet(service, input)).id, "the same call once more").to.equal(first);
      await refused(
        createTaskSet(service, { ...input, externalId: "other" }),
        "InvalidParameterException",
        /idempotent/,
      );
    });

    it("run their share of the desired count, rounded up", async () => {
      const scaled = await scale(service, first, 50);
      expect(scaled).to.deep.include({ scale: { value: 50, unit: "PERCENT" }, stabilityStatus: "STABILIZING" });
      await steady(service, first, 2);
      await update(service, { desiredCount: 4 });
      await scale(service, first, 51);
      await steady(service, first, 3);
      await update(service, { desiredCount: 3 });
      await scale(service, first, 100);
      await steady(service, first, 3);
      const tasks = await tasksOf(service);
      expect(tasks.map(({ startedBy, group }) => [startedBy, group])).to.deep.equal(
        Array.from({ length: 3 }, () => [first, `service:${service}`]),
      );
      expect(await kubectl("get", "ecstasksets", "-n", namespace)).to.match(/ shop +ACTIVE +100 +3 +3 /);
    });

    it("give the service what it shows once they are PRIMARY", async () => {
      expect((await makePrimary(service, first)).status).to.equal("PRIMARY");
      expect((await taskSets(service, first))[0]).to.include({ status: "PRIMARY" });
      const now = await eventually("the service shows it", async () => {
        const shown = await describeOne(service);
        return shown.taskDefinition !== undefined && shown;
      });
      expect(now.taskDefinition).to.match(/:1$/);
      expect(now).to.deep.include({ deployments: [], runningCount: 3, desiredCount: 3, launchType: "EC2" });
      expect(now.taskSets?.map(({ id, status }) => [id, status])).to.deep.equal([[first, "PRIMARY"]]);
      const event = await eventually("it is steady", async () => (await describeOne(service)).events?.[0]?.message);
      expect(event).to.match(/has reached a steady state\.$/);
    });

    it("run beside each other, and tasks go over from one to the other", async () => {
      second = (await createTaskSet(service, { taskDefinition: green, scale: { value: 100, unit: PERCENT } })).id!;
      await steady(service, second, 3);
      const before = await tasksOf(service);
      expect(before.filter(({ startedBy }) => startedBy === first)).to.have.length(3);
      expect(before.filter(({ startedBy }) => startedBy === second)).to.have.length(3);
      await makePrimary(service, second);
      expect((await taskSets(service)).map(({ id, status }) => [id, status])).to.deep.equal([
        [first, "ACTIVE"],
        [second, "PRIMARY"],
      ]);
      await refused(remove(service, first), "InvalidParameterException", /scaled above 0/);
      await scale(service, first, 0);
      await steady(service, first, 0);
      expect(await remove(service, first)).to.include({ id: first, status: "DRAINING" });
      await eventually("it is gone", async () => (await taskSets(service)).length === 1);
      const left = await tasksOf(service);
      expect(left.map(({ startedBy }) => startedBy)).to.deep.equal([second, second, second]);
      expect((await describeOne(service)).taskDefinition).to.match(/:2$/);
    });

    it("cannot be deleted while PRIMARY, but by force", async () => {
      await scale(service, second, 0);
      await refused(remove(service, second), "InvalidParameterException", /PRIMARY/);
      await remove(service, second, true);
      await eventually("it is gone", async () => (await taskSets(service)).length === 0);
    });

    it("are not changed by UpdateService", async () => {
      const wrong = (input: Partial<UpdateServiceCommandInput>, message: RegExp) =>
        refused(update(service, input), "InvalidParameterException", message);
      await wrong(
        { taskDefinition: green },
        /Unable to update task definition on services with an EXTERNAL deployment/,
      );
      await wrong({ forceNewDeployment: true }, /Cannot force a new deployment/);
      await refused(
        update(service, { deploymentController: { type: "ECS" } }),
        "UnsupportedFeatureException",
        /cannot be changed/,
      );
    });

    it("are told from what there is not", async () => {
      const command = { cluster: ecs.cluster, service, taskSets: ["ecs-svc/1234567890123456789"] };
      const { failures } = await ecs.client.send(new DescribeTaskSetsCommand(command));
      expect(failures).to.deep.equal([{ arn: "ecs-svc/1234567890123456789", reason: "MISSING" }]);
      await refused(scale(service, "ecs-svc/1", 10), "TaskSetNotFoundException", /wasn't found/);
      await refused(scale("nothing", "ecs-svc/1", 10), "ServiceNotFoundException", "Service not found.");
      await refused(createTaskSet(service, { taskDefinition: "nothing" }), "InvalidParameterException", /not found/);
      const wrong = [{ targetGroupArn: "arn", containerName: "main", containerPort: 80 }];
      await refused(
        createTaskSet(service, { loadBalancers: wrong }),
        "InvalidParameterException",
        "Invalid identifier: arn is not the ARN of a target group.",
      );
    });

    it("go with their service", async () => {
      const { id = "" } = await createTaskSet(service, { scale: { value: 100, unit: PERCENT } });
      await steady(service, id, 3);
      const gone = { cluster: ecs.cluster, service };
      await refused(ecs.client.send(new DeleteServiceCommand(gone)), "InvalidParameterException", /scaled above 0/);
      await ecs.client.send(new DeleteServiceCommand({ ...gone, force: true }));
      await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
      const { items } = await kubectlJson<{ items: { spec: { service: string } }[] }>(
        "get",
        "ecstasksets",
        "-n",
        namespace,
      );
      expect(items.filter(({ spec }) => spec.service === service)).to.have.length(0);
    });
  });

  it("are at most five", async () => {
    await createService("many");
    for (let count = 0; count < 5; count++) await createTaskSet("many");
    await refused(createTaskSet("many"), "InvalidParameterException", /^5 deployments exist on the service/);
  });

  it("are none of a service that ECS rolls out", async () => {
    await createService("rolling", { deploymentController: { type: "ECS" }, taskDefinition: blue, desiredCount: 0 });
    await refused(createTaskSet("rolling"), "InvalidParameterException", /deployment controller ECS/);
    const daemon = { schedulingStrategy: "DAEMON" as const, desiredCount: undefined };
    await refused(createService("daemon", daemon), "InvalidParameterException", /EXTERNAL does not support/);
    const withDefinition = createService("defined", { taskDefinition: blue });
    await refused(withDefinition, "InvalidParameterException", /^taskDefinition cannot be specified/);
  });

  it("begin with the service where CodeDeploy rolls it out", async () => {
    const service = "blue-green";
    const type = "CODE_DEPLOY" as const;
    await createService(service, { taskDefinition: blue, desiredCount: 2, deploymentController: { type } });
    const initial = await eventually("its first task set", async () => (await taskSets(service))[0]);
    await steady(service, initial.id!, 2);
    expect((await taskSets(service))[0]).to.deep.include({ startedBy: type, scale: { value: 100, unit: "PERCENT" } });
    await eventually("it is PRIMARY", async () => (await taskSets(service))[0]?.status === "PRIMARY");
    await refused(
      update(service, { taskDefinition: green }),
      "InvalidParameterException",
      "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    );
    const next = await createTaskSet(service, { taskDefinition: green, scale: { value: 100, unit: PERCENT } });
    await steady(service, next.id!, 2);
    await makePrimary(service, next.id!);
    await remove(service, initial.id!, true);
    await eventually("the old one is gone, and stays so", async () => (await taskSets(service)).length === 1);
    await eventually("the service runs the new one", async () => {
      const { taskDefinition, runningCount } = await describeOne(service);
      return taskDefinition?.endsWith(":2") && runningCount === 2;
    });
  });

  it("stand behind target groups of their own, or one that they share", async () => {
    const service = "balanced";
    const portMappings = [{ containerPort: 8080 }];
    const [old, next] = await Promise.all(
      [1, 2].map((version) =>
        ecs.register("ported", [
          shell(SLEEP, { portMappings, environment: [{ name: "VERSION", value: String(version) }] }),
        ]),
      ),
    );
    const behind = (...names: string[]) =>
      names.map((name) => ({
        targetGroupArn: targetGroupArn(name),
        containerName: "main",
        containerPort: 8080,
      }));
    await refused(
      createService(service, { loadBalancers: behind("one") }),
      "InvalidParameterException",
      /^loadBalancers cannot be specified for a service with the deployment controller EXTERNAL/,
    );
    await createService(service, { desiredCount: 2 });
    await refused(
      createTaskSet(service, { taskDefinition: blue, loadBalancers: behind("one") }),
      "InvalidParameterException",
      "The container main did not have a container port 8080 defined.",
    );
    const all = { value: 100, unit: PERCENT };
    const first = await createTaskSet(service, { taskDefinition: old!, loadBalancers: behind("one"), scale: all });
    const second = await createTaskSet(service, {
      taskDefinition: next!,
      loadBalancers: behind("two", "one"),
      scale: { value: 50, unit: PERCENT },
    });
    expect(second.loadBalancers).to.deep.equal(behind("two", "one"));
    await steady(service, first.id!, 2);
    await steady(service, second.id!, 1);
    const targetsOf = async (name: string): Promise<string[]> => {
      const selector = `kubernetes.io/service-name=${name}`;
      const { items } = await kubectlJson<EndpointSlices>("get", "endpointslices", "-n", namespace, "-l", selector);
      const ready = items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready);
      return ready.map(({ targetRef }) => targetRef?.name ?? "");
    };
    await eventually("both stand behind one", async () => (await targetsOf("tg-one")).length === 3);
    await eventually("the second alone stands behind two", async () => (await targetsOf("tg-two")).length === 1);
    const ofSecond = `(service ${service}, taskSet ${second.id})`;
    const expected = [
      `(service ${service}) updated computedDesiredCount for taskSet ${second.id} to 1.`,
      `${ofSecond} registered 1 targets in (target-group ${targetGroupArn("one")})`,
      `${ofSecond} registered 1 targets in (target-group ${targetGroupArn("two")})`,
      `${ofSecond} updated state to STEADY_STATE.`,
    ];
    const told = await eventually(`the service tells ${expected.join(" ")}`, async () => {
      const messages = ((await describeOne(service)).events ?? []).map(({ message = "" }) => message);
      return expected.every((message) => messages.includes(message)) && messages;
    });
    expect(told.filter((message) => message.startsWith(`${ofSecond} has started 1 tasks: (task `))).to.have.length(1);
    await makePrimary(service, first.id!);
    await remove(service, second.id!, true);
    await eventually("its target group goes with it", async () => {
      const { code } = await kubectlRaw(["get", "service", "tg-two", "-n", namespace]);
      return code !== 0 && (await targetsOf("tg-one")).length === 2;
    });
  });

  it("can be made with kubectl, before their service", async () => {
    const metadata = { name: "kube-green", namespace };
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSTaskSet",
      metadata,
      spec: { service: "kube", taskDefinition: green, scale: { value: 100, unit: "PERCENT" } },
    });
    await kubectl("wait", "--for=condition=Stalled", "ecstaskset/kube-green", "-n", namespace, "--timeout=60s");
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSService",
      metadata: { name: "kube", namespace },
      spec: { deploymentController: { type: "EXTERNAL" }, desiredCount: 1, primaryTaskSet: "kube-green" },
    });
    await kubectl("wait", "--for=condition=Ready", "ecstaskset/kube-green", "-n", namespace, "--timeout=120s");
    await kubectl("wait", "--for=condition=Ready", "ecsservice/kube", "-n", namespace, "--timeout=120s");
    const shown = await awsEcs<{ taskSets: TaskSet[] }>(
      "describe-task-sets",
      "--cluster",
      ecs.cluster,
      "--service",
      "kube",
      "--include",
      "TAGS",
    );
    expect(shown.taskSets).to.have.length(1);
    expect(shown.taskSets[0]).to.deep.include({
      status: "PRIMARY",
      runningCount: 1,
      computedDesiredCount: 1,
      tags: [],
    });
    const change = async (what: string, spec: object) => {
      const patch = ["patch", what, "-n", namespace, "--type=merge", "--patch", JSON.stringify({ spec })];
      return (await kubectlRaw(patch)).stderr;
    };
    expect(await change("ecstaskset/kube-green", { taskDefinition: blue })).to.match(/only the scale and the tags/);
    const ecsController = { deploymentController: { type: "ECS" }, primaryTaskSet: null, taskDefinition: blue };
    expect(await change("ecsservice/kube", ecsController)).to.match(/deployment controller of a service cannot be/);
    await kubectl("delete", "ecsservice/kube", "-n", namespace, "--timeout=60s");
    await eventually("its task set goes with it", async () => {
      const left = await kubectl("get", "ecstasksets", "-n", namespace, "-o", "name");
      return !left.includes("kube-green");
    });
  });
});
