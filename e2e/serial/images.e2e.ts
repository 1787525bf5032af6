import {
  CreateServiceCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RunTaskCommand,
  type Task,
  UpdateServiceCommand,
  waitUntilServicesStable,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience } from "../support/ecs-fixture.ts";
import { realNode } from "../support/nodes.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { TestRegistry } from "../support/registry.ts";

describe("images from a registry", function () {
  this.timeout(600_000);
  let registry: TestRegistry;
  let ecs: EcsFixture;
  let image: string;
  let definition: string;
  const services = ["web"];

  before(async () => {
    await realNode();
    registry = await TestRegistry.start();
    ecs = await ecsFixture("images");
    image = `${registry.host}/team/app:live`;
    definition = await ecs.register("app", [
      { name: "app", image, memory: 16, essential: true, stopTimeout: 2 },
      { name: "any", image, memory: 16, versionConsistency: "disabled", stopTimeout: 2 },
    ]);
  });

  after(async () => {
    try {
      await makeUp();
      await ecs?.dispose();
    } finally {
      await registry?.dispose();
    }
  });

  async function runTask(taskDefinition = definition): Promise<string> {
    const { tasks = [] } = await ecs.client.send(new RunTaskCommand({ cluster: ecs.cluster, taskDefinition }));
    return tasks[0]!.taskArn!;
  }

  async function describeTasks(tasks: string[]): Promise<Task[]> {
    const described = await ecs.client.send(new DescribeTasksCommand({ cluster: ecs.cluster, tasks }));
    return described.tasks ?? [];
  }

  /** Digests of the containers of tasks, once they run, each once. */
  async function digestsOf(tasks: string[]): Promise<string[]> {
    await waitUntilTasksRunning(patience(ecs.client), { cluster: ecs.cluster, tasks });
    const containers = (await describeTasks(tasks)).flatMap((task) => task.containers ?? []);
    for (const container of containers) expect(container.image, "as in the task definition").to.equal(image);
    return [...new Set(containers.map(({ imageDigest }) => imageDigest ?? ""))];
  }

  async function digestsOfService(desiredCount: number): Promise<string[]> {
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services });
    const { taskArns = [] } = await ecs.client.send(
      new ListTasksCommand({ cluster: ecs.cluster, serviceName: "web", desiredStatus: "RUNNING" }),
    );
    expect(taskArns).to.have.length(desiredCount);
    return digestsOf(taskArns);
  }

  const update = (change: { desiredCount?: number; forceNewDeployment?: boolean }) =>
    ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service: "web", ...change }));

  it("are pulled anew by each task, once by each deployment, and taken from the node when the registry is away", async () => {
    const first = await registry.push("team/app", "live", "1");
    const nowhere = await runTask(
      await ecs.register("nowhere", [{ name: "app", image: `${registry.host}/team/nothing`, memory: 16 }]),
    );
    const early = await runTask();
    expect(await digestsOf([early])).to.deep.equal([first]);

    const second = await registry.push("team/app", "live", "2");
    expect(second).not.to.equal(first);
    expect(await digestsOf([await runTask()])).to.deep.equal([second]);
    expect(await digestsOf([early]), "what runs goes on").to.deep.equal([first]);
    const { cluster } = ecs;
    const create = { cluster, serviceName: "web", taskDefinition: await loneApp(), desiredCount: 1 };
    await ecs.client.send(new CreateServiceCommand(create));
    expect(await digestsOfService(1)).to.deep.equal([second]);

    const third = await registry.push("team/app", "live", "3");
    await kill9("operator");
    await makeUp();
    await update({ desiredCount: 2 });
    expect(await digestsOfService(2), "of the same deployment").to.deep.equal([second]);
    await update({ forceNewDeployment: true });
    expect(await digestsOfService(2), "of a new deployment").to.deep.equal([third]);

    await registry.kill();
    expect(await digestsOf([await runTask(await loneApp())]), "from the node").to.deep.equal([third]);
    await update({ forceNewDeployment: true, desiredCount: 1 });
    expect(await digestsOfService(1), "from the node").to.deep.equal([third]);
    expect(await digestsOf([await runTask()]), "each by the name that the node has").to.have.members([third, second]);

    await waitUntilTasksStopped(patience(ecs.client), { cluster, tasks: [nowhere] });
    const [failed] = await describeTasks([nowhere]);
    expect(failed?.stopCode).to.equal("TaskFailedToStart");
    expect(failed?.containers?.[0]?.reason).to.match(/^CannotPullContainerError: .*team\/nothing/);
    expect(failed?.containers?.[0]).not.to.have.property("imageDigest");
  });

  function loneApp(): Promise<string> {
    return ecs.register("lone", [{ name: "app", image, memory: 16, essential: true, stopTimeout: 2 }]);
  }
});
