import {
  CreateServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  ListServiceDeploymentsCommand,
  type Service,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, shell, SLEEP } from "../support/ecs-fixture.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { eventually } from "../support/wait.ts";

describe("a rollout through the operator's death", function () {
  this.timeout(300_000);
  const service = "web";
  let ecs: EcsFixture;
  let good: string;
  let tooBig: string;

  before(async () => {
    ecs = await ecsFixture("restart");
    good = await ecs.register("app", [shell(SLEEP)]);
    tooBig = await ecs.register("app", [shell(SLEEP, { memory: 50_000_000 })]);
  });
  after(async () => {
    await makeUp();
    await ecs.dispose();
  });

  const describeOne = async (): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const list = async () =>
    (await ecs.client.send(new ListServiceDeploymentsCommand({ cluster: ecs.cluster, service }))).serviceDeployments!;
  const ended = (arn: string, status: string) =>
    eventually(`the service deployment is ${status}`, async () => {
      const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] });
      const [deployment] = (await ecs.client.send(command)).serviceDeployments!;
      return deployment?.status === status && deployment;
    });

  it("is the same rollout afterwards, and a rollback that was begun is ended once", async () => {
    const input = { cluster: ecs.cluster, serviceName: service, taskDefinition: good, desiredCount: 2 };
    await ecs.client.send(new CreateServiceCommand(input));
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
    const [completed] = (await describeOne()).deployments!;

    await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, taskDefinition: tooBig }));
    const [begun] = await eventually("the rollout has begun", async () => {
      const listed = await list();
      return listed.length === 2 && listed[0]?.status === "IN_PROGRESS" && listed;
    });
    const before = await describeOne();
    await kill9("operator");
    await makeUp();
    expect((await list()).map(({ serviceDeploymentArn }) => serviceDeploymentArn)).to.have.length(2);
    const { deployments } = await describeOne();
    expect(deployments?.map(({ id, createdAt }) => [id, createdAt])).to.deep.equal(
      before.deployments?.map(({ id, createdAt }) => [id, createdAt]),
    );

    await kill9("operator");
    const { serviceDeploymentArn = "" } = begun!;
    await ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
    await ended(serviceDeploymentArn, "ROLLBACK_REQUESTED");
    await makeUp();
    await ended(serviceDeploymentArn, "ROLLBACK_SUCCESSFUL");
    await kill9("operator");
    await makeUp();
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
    const after = await describeOne();
    expect(after.deployments?.map(({ id }) => id)).to.deep.equal([completed?.id]);
    const told = after.events!.map(({ message }) => message);
    const returns = told.filter(
      (message) => message === `(service ${service}) rolling back to deployment ${completed?.id}.`,
    );
    expect(returns).to.have.length(1);
    expect((await list()).map(({ status }) => status)).to.deep.equal(["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]);
  });
});
