import {
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type PlacementConstraint,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
  waitUntilTasksRunning,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { type KubeNode, playNode, realNode, removeNodes } from "./support/nodes.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

interface KubePod {
  spec: {
    affinity?: { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: unknown } };
    nodeName?: string;
  };
}
interface KubeTask {
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
}

describe("placement", () => {
  /** An attribute of this test's own: `yes` on the real node, `played` on one that is only an object. */
  const mark = uniqueName("mark");
  const played = uniqueName("played");
  let ecs: EcsFixture;
  let real: KubeNode;
  let sleeper: string;

  before(async () => {
    [ecs, real] = await Promise.all([ecsFixture("placement"), realNode()]);
    const labels = { [`attribute.kecs.io/${mark}`]: "played", "topology.kubernetes.io/zone": "zone-b" };
    await playNode(played, labels, { providerID: `aws:///zone-b/i-${mark}` });
    await kubectl("label", "node", real.metadata.name, `attribute.kecs.io/${mark}=yes`);
    sleeper = await ecs.register("sleeper", [shell(SLEEP)]);
  });

  after(async () => {
    await kubectl("label", "node", real.metadata.name, `attribute.kecs.io/${mark}-`);
    await removeNodes(played);
    await ecs.dispose();
  });

  const member = (expression: string): PlacementConstraint => ({ type: "memberOf", expression });
  const run = (placementConstraints: PlacementConstraint[], more: object = {}) =>
    ecs.client.send(
      new RunTaskCommand({ cluster: ecs.cluster, taskDefinition: sleeper, placementConstraints, ...more }),
    );
  const podOf = ({ taskArn = "" }: Task) =>
    kubectlJson<KubePod>("--namespace", `ecs-${ecs.cluster}`, "get", "pod", taskArn.split("/").at(-1)!);
  const stop = (tasks: readonly Task[]) =>
    Promise.all(tasks.map(({ taskArn: task }) => ecs.client.send(new StopTaskCommand({ cluster: ecs.cluster, task }))));

  it("runs tasks where their expressions say, by affinity or on nodes judged at the start", async () => {
    const said = await run(
      [member(`(attribute:${mark} == yes or attribute:${mark} == no) and attribute:gpu !exists`)],
      {
        placementStrategy: [
          { type: "spread", field: "attribute:ecs.availability-zone" },
          { type: "spread", field: "instanceId" },
          { type: "binpack", field: "memory" },
          { type: "random" },
        ],
      },
    );
    const judged = await run([
      member(`attribute:${mark} =~ y.s and not(ec2InstanceId == i-${mark}) and agentConnected == true`),
      member(`attribute:${mark} exists`),
    ]);
    const tasks = [...(said.tasks ?? []), ...(judged.tasks ?? [])];
    expect(tasks).to.have.length(2);
    const arns = tasks.map(({ taskArn }) => taskArn!);
    await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: arns });
    const pods = await Promise.all(tasks.map(podOf));
    expect(pods.map(({ spec }) => spec.nodeName)).to.deep.equal([real.metadata.name, real.metadata.name]);
    const affinity = JSON.stringify(pods[1]!.spec.affinity);
    expect(affinity).to.contain(real.metadata.labels["kubernetes.io/hostname"]).and.not.contain(played);

    // What is there now can be asked for as well.
    const beside = await run([member(`attribute:${mark} == yes and task:group == family:${sleeper.split(":")[0]}`)]);
    expect(beside.failures).to.deep.equal([]);
    const alone = await run([member(`attribute:${mark} == yes and runningTasksCount == 0`)]);
    expect(alone.tasks).to.deep.equal([]);
    await stop([...tasks, ...(beside.tasks ?? [])]);
  });

  it("starts nothing where no node satisfies a constraint, and says so for each", async () => {
    const { tasks, failures } = await run([member(`attribute:${mark} == nobody`)], { count: 3 });
    expect(tasks).to.deep.equal([]);
    const ids = [real.metadata.uid, (await kubectlJson<KubeNode>("get", "node", played)).metadata.uid];
    for (const id of ids) {
      const failure = failures?.find(({ arn }) => arn?.endsWith(`/${id.replaceAll("-", "")}`));
      expect(failure?.reason).to.equal("MemberOf placement constraint unsatisfied.");
    }
    await refused(run([member("attribute:a is b")]), "InvalidParameterException", /^Invalid expression in placement/);
  });

  it("keeps tasks of a group apart: on one node there is room for one", async () => {
    const constraints: PlacementConstraint[] = [member(`attribute:${mark} == yes`), { type: "distinctInstance" }];
    const { tasks = [], failures = [] } = await run(constraints, { count: 3, group: "apart" });
    expect(tasks).to.have.length(1);
    expect(failures[0]?.reason).to.equal("DistinctInstance placement constraint unsatisfied.");
    const again = await run(constraints, { group: "apart" });
    expect([again.tasks?.length, again.failures?.length]).to.deep.equal([0, 1]);
    await stop(tasks);
  });

  it("places a service's tasks alike, and tells in its events why one finds no node", async () => {
    const service = {
      cluster: ecs.cluster,
      serviceName: "apart",
      taskDefinition: sleeper,
      desiredCount: 2,
      placementConstraints: [member(`attribute:${mark} in [yes, played]`), { type: "distinctInstance" as const }],
      placementStrategy: [{ type: "spread" as const, field: "host" }],
    };
    const { service: created } = await ecs.client.send(new CreateServiceCommand(service));
    expect(created?.placementConstraints).to.deep.equal(service.placementConstraints);
    expect(created?.placementStrategy).to.deep.equal(service.placementStrategy);
    await eventually("one task runs, the other waits", async () => {
      const { services } = await ecs.client.send(
        new DescribeServicesCommand({ cluster: ecs.cluster, services: ["apart"] }),
      );
      const { runningCount, pendingCount, events = [] } = services![0]!;
      const told = events.some(({ message }) => message?.includes("unable to place a task"));
      return runningCount === 1 && pendingCount === 1 && told;
    });
    await refused(
      ecs.client.send(
        new CreateServiceCommand({
          ...service,
          serviceName: "no",
          placementConstraints: [member("runningTasksCount == 0")],
        }),
      ),
      "UnsupportedFeatureException",
      /^placementConstraints: /,
    );
  });

  it("shows nodes as container instances, whose attributes the AWS CLI changes", async () => {
    const cluster = ["--cluster", ecs.cluster];
    const list = async (filter: string): Promise<string[]> => {
      const answer = await awsEcs<{ containerInstanceArns: string[] }>(
        "list-container-instances",
        ...cluster,
        "--filter",
        filter,
      );
      return answer.containerInstanceArns;
    };
    const [instance, ...others] = await list(`attribute:${mark} == yes`);
    expect(others).to.deep.equal([]);
    expect(instance).to.match(new RegExp(`/${real.metadata.uid.replaceAll("-", "")}$`));
    expect(await list(`attribute:${mark} exists and attribute:ecs.availability-zone == zone-b`)).to.have.length(1);

    const color = `${mark}-color`;
    const target = `name=${color},targetId=${instance}`;
    await awsEcs("put-attributes", ...cluster, "--attributes", `${target},value=blue`);
    expect(await list(`attribute:${color} =~ b.*`)).to.deep.equal([instance]);
    const listed = await awsEcs(
      "list-attributes",
      ...cluster,
      "--target-type",
      "container-instance",
      "--attribute-name",
      color,
    );
    expect(listed.attributes).to.deep.equal([{ name: color, value: "blue", targetId: instance }]);
    await awsEcs("delete-attributes", ...cluster, "--attributes", target);
    expect(await list(`attribute:${color} exists`)).to.deep.equal([]);

    const { tasks } = await awsEcs<{ tasks: Task[] }>(
      "start-task",
      ...cluster,
      "--task-definition",
      sleeper,
      "--container-instances",
      instance!,
    );
    expect(tasks.map(({ containerInstanceArn }) => containerInstanceArn)).to.deep.equal([instance]);
    const { taskArns = [] } = await ecs.client.send(
      new ListTasksCommand({ cluster: ecs.cluster, containerInstance: instance, family: sleeper.split(":")[0] }),
    );
    expect(taskArns).to.include(tasks[0]!.taskArn);
    await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks: [tasks[0]!.taskArn!] });
    const { tasks: described } = await ecs.client.send(
      new DescribeTasksCommand({ cluster: ecs.cluster, tasks: [tasks[0]!.taskArn!] }),
    );
    expect(described?.[0]?.containerInstanceArn).to.equal(instance);
    const { containerInstances, failures } = await awsEcs<{
      containerInstances: {
        runningTasksCount: number;
        status: string;
        agentConnected: boolean;
        healthStatus: object;
      }[];
      failures: object[];
    }>(
      "describe-container-instances",
      ...cluster,
      "--container-instances",
      instance!,
      "nobody",
      "--include",
      "CONTAINER_INSTANCE_HEALTH",
    );
    expect(containerInstances[0]).to.include({ status: "ACTIVE", agentConnected: true });
    expect(containerInstances[0]!.runningTasksCount).to.be.at.least(1);
    expect(containerInstances[0]!.healthStatus).to.have.property("overallStatus", "OK");
    expect(failures).to.have.length(1);
    await stop(tasks);
  });

  it("tells kubectl what the API would tell", async () => {
    const namespace = `ecs-${ecs.cluster}`;
    const task = (name: string, placementConstraints: PlacementConstraint[]) => ({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSTask",
      metadata: { name, namespace },
      spec: { taskDefinition: sleeper, placementConstraints },
    });
    await kubectlApply(task("wrong", [member("attribute:a is b")]));
    const condition = await eventually("the task is Stalled", async () => {
      const { status } = await kubectlJson<KubeTask>("--namespace", namespace, "get", "ecstask", "wrong");
      return status?.conditions?.find(({ type, status }) => type === "Stalled" && status === "True");
    });
    expect(condition.reason).to.equal("InvalidPlacement");
    expect(condition.message).to.match(/^Invalid expression in placement constraint/);
    await kubectlRaw(["--namespace", namespace, "delete", "ecstask", "wrong"]);
  });
});
