import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  type DeploymentCircuitBreaker,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type ServiceDeployment,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "./support/ecs-fixture.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually } from "./support/wait.ts";

const BREAKER = { enable: true, rollback: true };
/** Long enough for another task to be started, if one were. */
const A_WHILE_MS = 8_000;

describe("the deployment circuit breaker", () => {
  let ecs: EcsFixture;
  let good: string;
  let crashing: string;
  let unhealthy: string;

  before(async () => {
    ecs = await ecsFixture("breaker");
    good = await ecs.register("app", [shell(SLEEP)]);
    crashing = await ecs.register("app", [shell("echo no; exit 1")]);
    const healthCheck = { command: ["CMD-SHELL", "exit 1"], interval: 5, timeout: 2, retries: 1 };
    unhealthy = await ecs.register("app", [shell(SLEEP, { healthCheck })]);
  });
  after(() => ecs.dispose());

  const create = async (serviceName: string, input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
    const deploymentConfiguration = { deploymentCircuitBreaker: BREAKER };
    const defaults = { cluster: ecs.cluster, serviceName, taskDefinition: good, desiredCount: 1 };
    const command = new CreateServiceCommand({ ...defaults, deploymentConfiguration, ...input });
    return (await ecs.client.send(command)).service!;
  };
  const update = async (service: string, input: Partial<UpdateServiceCommandInput>): Promise<Service> =>
    (await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...input }))).service!;
  const describeOne = async (service: string): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const stable = (service: string) =>
    waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  const current = async (service: string): Promise<ServiceDeployment> => {
    const { currentServiceDeployment = "" } = await describeOne(service);
    const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [currentServiceDeployment] });
    return (await ecs.client.send(command)).serviceDeployments![0]!;
  };
  const tasksOf = async (serviceName: string, desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<string[]> =>
    (await ecs.client.send(new ListTasksCommand({ cluster: ecs.cluster, serviceName, desiredStatus }))).taskArns ?? [];
  const ended = (service: string, status: string) =>
    eventually(
      `the service deployment of ${service} is ${status}`,
      async () => {
        const deployment = await current(service);
        return deployment.status === status && deployment;
      },
      150_000,
    );
  /** A service that runs, and whose first deployment is complete. */
  const running = async (name: string, input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
    await create(name, input);
    await stable(name);
    await ended(name, "SUCCESSFUL");
    return describeOne(name);
  };
  const messages = (service: Service): string[] => (service.events ?? []).map(({ message = "" }) => message);

  it("rolls a service back whose new tasks crash, and never touches those that run", async () => {
    const name = "rolls-back";
    await create(name, { desiredCount: 2 });
    // Stable, as waiters have it: whether the deployment has been completed by now is nobody's care.
    await stable(name);
    const before = await describeOne(name);
    const [completed] = before.deployments!;
    const tasks = await tasksOf(name);
    const [failing] = (await update(name, { taskDefinition: crashing })).deployments!;
    const deployment = await ended(name, "ROLLBACK_SUCCESSFUL");
    expect(deployment.statusReason).to.equal(
      "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    );
    expect(deployment.deploymentCircuitBreaker).to.include({ status: "TRIGGERED", threshold: 3 });
    expect(deployment.deploymentCircuitBreaker?.failureCount).to.be.at.least(3);

    await awsEcs("wait", "services-stable", "--cluster", ecs.cluster, "--services", name);
    const service = await describeOne(name);
    expect(service.deployments).to.have.length(1);
    expect(service.deployments?.[0]).to.include({ id: completed?.id, status: "PRIMARY", rolloutState: "COMPLETED" });
    expect(service.taskDefinition).to.equal(before.taskDefinition);
    expect((await tasksOf(name)).sort()).to.deep.equal(tasks.sort());
    const told = messages(service);
    const failed = told.indexOf(
      `(service ${name}) (deployment ${failing?.id}) deployment failed: tasks failed to start.`,
    );
    const returns = told.indexOf(`(service ${name}) rolling back to deployment ${completed?.id}.`);
    expect(failed, told.join("\n")).to.be.greaterThan(-1);
    expect(returns, told.join("\n")).to.equal(failed - 1);
    expect(told[0]).to.equal(`(service ${name}) has reached a steady state.`);
  });

  it("shows a rollback in ECS's words while it is under way", async () => {
    const name = "shows";
    await create(name, {
      desiredCount: 2,
      deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100, deploymentCircuitBreaker: BREAKER },
    });
    await stable(name);
    const [completed] = (await describeOne(name)).deployments!;
    await update(name, { taskDefinition: crashing });
    const seen = await eventually("the rollback is seen", async () => {
      const { deployments = [], taskDefinition } = await describeOne(name);
      return deployments.some(({ rolloutState }) => rolloutState === "FAILED") && { deployments, taskDefinition };
    });
    expect(
      seen.deployments.map(({ status, rolloutState, rolloutStateReason }) => [
        status,
        rolloutState,
        rolloutStateReason,
      ]),
    ).to.deep.equal([
      ["PRIMARY", "IN_PROGRESS", `ECS deployment circuit breaker: rolling back to deploymentId ${completed?.id}.`],
      ["ACTIVE", "FAILED", "ECS deployment circuit breaker: tasks failed to start."],
    ]);
    expect(seen.deployments[0]?.id).to.equal(completed?.id);
    expect(seen.deployments[1]?.failedTasks).to.be.at.least(3);
    await ended(name, "ROLLBACK_SUCCESSFUL");
    await stable(name);
    expect(await describeOne(name)).to.include({ runningCount: 2 });
  });

  it("leaves a first deployment FAILED, and starts no more tasks", async () => {
    const name = "never-worked";
    await create(name, { taskDefinition: crashing });
    const deployment = await ended(name, "ROLLBACK_FAILED");
    expect(deployment.statusReason).to.equal("No rollback candidate was found to run the rollback.");
    const { deployments = [] } = await describeOne(name);
    expect(deployments).to.have.length(1);
    expect(deployments[0]).to.include({
      status: "PRIMARY",
      rolloutState: "FAILED",
      rolloutStateReason: "ECS deployment circuit breaker: tasks failed to start.",
    });
    await eventually("all its tasks have stopped", async () => (await tasksOf(name)).length === 0);
    const stopped = await tasksOf(name, "STOPPED");
    await sleep(A_WHILE_MS);
    expect((await tasksOf(name, "STOPPED")).sort()).to.deep.equal(stopped.sort());
    expect(await tasksOf(name)).to.deep.equal([]);

    await update(name, { taskDefinition: good });
    await ended(name, "SUCCESSFUL");
    await stable(name);
  });

  it("stops without going back where rollback is off: the old tasks run on", async () => {
    const name = "stops";
    const deploymentCircuitBreaker: DeploymentCircuitBreaker = {
      enable: true,
      rollback: false,
      thresholdConfiguration: { type: "COUNT", value: 2 },
    };
    await running(name, { deploymentConfiguration: { deploymentCircuitBreaker } });
    const tasks = await tasksOf(name);
    await update(name, { taskDefinition: crashing });
    const deployment = await ended(name, "STOPPED");
    expect(deployment.deploymentCircuitBreaker).to.include({ status: "TRIGGERED", threshold: 2 });
    expect(deployment.stoppedAt).to.be.instanceOf(Date);
    await eventually("only the old task is left", async () => (await tasksOf(name)).join() === tasks.join());
    await sleep(A_WHILE_MS);
    expect(await tasksOf(name)).to.deep.equal(tasks);
    const { deployments = [] } = await describeOne(name);
    expect(deployments.map(({ status, rolloutState }) => [status, rolloutState])).to.deep.equal([
      ["PRIMARY", "FAILED"],
      ["ACTIVE", "COMPLETED"],
    ]);
  });

  it("counts tasks whose health checks fail", async () => {
    const name = "unhealthy";
    await running(name);
    await update(name, { taskDefinition: unhealthy });
    await ended(name, "ROLLBACK_SUCCESSFUL");
    const told = messages(await describeOne(name));
    expect(told.filter((message) => message.endsWith(") failed container health checks."))).to.have.length.at.least(3);
    const { tasks } = await ecs.client.send(
      new DescribeTasksCommand({ cluster: ecs.cluster, tasks: await tasksOf(name, "STOPPED") }),
    );
    expect(tasks?.map(({ stoppedReason }) => stoppedReason)).to.include("Task failed container health checks");
  });

  it("does nothing where it is off: a crashing deployment goes on trying", async () => {
    const name = "off";
    await create(name, { taskDefinition: crashing, deploymentConfiguration: {} });
    await eventually("many tasks have failed", async () => (await tasksOf(name, "STOPPED")).length > 3);
    // It may have been complete for as long as a task ran.
    expect((await describeOne(name)).deployments?.[0]?.rolloutState).to.be.oneOf(["IN_PROGRESS", "COMPLETED"]);
  });
});
