import {
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  type ServiceDeployment,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, newestDeployment, patience, shell, SLEEP } from "../support/ecs-fixture.ts";
import { kill9, makeUp } from "../support/processes.ts";
import { eventually } from "../support/wait.ts";

describe("a blue/green deployment through the operator's death", function () {
  this.timeout(300_000);
  const service = "web";
  let ecs: EcsFixture;

  before(async () => {
    ecs = await ecsFixture("shift-restart");
  });
  after(async () => {
    await makeUp();
    await ecs.dispose();
  });

  const newest = (): Promise<ServiceDeployment> => newestDeployment(ecs, service);

  it("goes on where it was, with the hook that it waits for", async () => {
    const taskDefinition = await ecs.register("app", [shell(SLEEP)]);
    const second = await ecs.register("app", [shell(SLEEP, { environment: [{ name: "REVISION", value: "2" }] })]);
    const lifecycleHooks = [
      {
        targetType: "PAUSE" as const,
        lifecycleStages: ["POST_SCALE_UP" as const, "PRE_PRODUCTION_TRAFFIC_SHIFT" as const],
      },
    ];
    await ecs.client.send(
      new CreateServiceCommand({
        cluster: ecs.cluster,
        serviceName: service,
        taskDefinition,
        desiredCount: 2,
        deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
      }),
    );
    await waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
    await eventually("the first is complete", async () => (await newest()).status === "SUCCESSFUL");
    await ecs.client.send(
      new UpdateServiceCommand({
        cluster: ecs.cluster,
        service,
        taskDefinition: second,
        deploymentConfiguration: { lifecycleHooks },
      }),
    );

    const held = await paused("POST_SCALE_UP");
    await kill9("operator");
    await proceed(held); // told while nobody listens
    await makeUp();

    const next = await paused("POST_TEST_TRAFFIC_SHIFT");
    expect(next.lifecycleHookDetails![0]!.hookId).to.not.equal(held.lifecycleHookDetails![0]!.hookId);
    expect(next).to.include({ serviceDeploymentArn: held.serviceDeploymentArn });
    const revisions = [next.sourceServiceRevisions?.[0], next.targetServiceRevision];
    expect(revisions.map((each) => each?.runningTaskCount)).to.deep.equal([2, 2]);
    await proceed(next);
    const done = await eventually("it is complete", async () => {
      const deployment = await newest();
      return deployment.status === "SUCCESSFUL" && deployment;
    });
    expect(done.targetServiceRevision).to.include({ runningTaskCount: 2, requestedProductionTrafficWeight: 100 });
  });

  const paused = (stage: ServiceDeployment["lifecycleStage"]) =>
    eventually(`it is paused at ${stage}`, async () => {
      const deployment = await newest();
      const [hook] = deployment.lifecycleHookDetails ?? [];
      return deployment.lifecycleStage === stage && hook?.status === "AWAITING_ACTION" && deployment;
    });
  const proceed = ({ serviceDeploymentArn = "", lifecycleHookDetails: [hook] = [] }: ServiceDeployment) =>
    ecs.client.send(new ContinueServiceDeploymentCommand({ serviceDeploymentArn, hookId: hook!.hookId! }));
});
