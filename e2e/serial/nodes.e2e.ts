import {
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Task,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "../support/ecs-fixture.ts";
import { kubectl, kubectlJson } from "../support/kubectl.ts";
import { playNode, playRunningPod, realNode, removeNodes } from "../support/nodes.ts";
import { eventually, uniqueName } from "../support/wait.ts";

interface Pods {
  items: { metadata: { name: string }; spec: { nodeName?: string } }[];
}

/** Alone, because for a moment there is a node to which anybody's Pods may go and on which nothing runs. */
describe("a node that vanishes", () => {
  const mark = uniqueName("vanishing");
  let ecs: EcsFixture;

  before(async () => (ecs = await ecsFixture("nodes")));

  after(async () => {
    await removeNodes(mark);
    await kubectl("label", "node", (await realNode()).metadata.name, `attribute.kecs.io/${mark}-`);
    await ecs.dispose();
  });

  it("ends the tasks of a service, which starts others elsewhere", async () => {
    const service = {
      cluster: ecs.cluster,
      serviceName: "web",
      taskDefinition: await ecs.register("web", [shell(SLEEP)]),
      desiredCount: 1,
      placementConstraints: [{ type: "memberOf" as const, expression: `attribute:${mark} exists` }],
    };
    await ecs.client.send(new CreateServiceCommand(service));
    const namespace = `ecs-${ecs.cluster}`;
    await playNode(mark, { [`attribute.kecs.io/${mark}`]: "" }, { providerID: `aws:///zone-b/i-${mark}`, open: true });
    const pod = await eventually("its Pod has the node", async () => {
      const { items } = await kubectlJson<Pods>("--namespace", namespace, "get", "pods");
      return items.find(({ spec }) => spec.nodeName === mark);
    });
    await playRunningPod(namespace, pod.metadata.name, "main");
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: ["web"] });
    const [lost] = await tasksOf("RUNNING");
    await kubectl("label", "node", (await realNode()).metadata.name, `attribute.kecs.io/${mark}=`);
    await removeNodes(mark);

    const ended = await eventually(
      "the task has stopped",
      async () => (await tasksOf("STOPPED")).find(({ lastStatus }) => lastStatus === "STOPPED"),
      30_000, // Kubernetes itself would remove its Pod after 40 s
    );
    expect(ended).to.include({
      taskArn: lost?.taskArn,
      stopCode: "TerminationNotice",
      stoppedReason: `Host EC2 (instance i-${mark}) terminated.`,
    });
    const [next] = await eventually("another one runs", async () => {
      const tasks = await tasksOf("RUNNING");
      return tasks.some(({ lastStatus }) => lastStatus === "RUNNING") ? tasks : undefined;
    });
    expect(next?.containerInstanceArn).to.not.equal(lost?.containerInstanceArn);
  });

  async function tasksOf(desiredStatus: "RUNNING" | "STOPPED"): Promise<Task[]> {
    const { cluster, client } = ecs;
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster, serviceName: "web", desiredStatus }));
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    return tasks;
  }
});
