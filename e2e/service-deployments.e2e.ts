import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  ListServiceDeploymentsCommand,
  type ListServiceDeploymentsCommandInput,
  type Service,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
  waitUntilServicesInactive,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { type EcsFixture, ecsFixture, patience, refused, shell, SLEEP } from "./support/ecs-fixture.ts";
import { environment } from "./support/environment.ts";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { eventually } from "./support/wait.ts";

describe("service deployments and revisions", () => {
  let ecs: EcsFixture;
  let first: string;
  let second: string;
  /** No node takes it: its deployment never ends by itself. */
  let tooBig: string;

  before(async () => {
    ecs = await ecsFixture("rollouts");
    first = await ecs.register("app", [shell(SLEEP)]);
    second = await ecs.register("app", [shell(SLEEP, { environment: [{ name: "REVISION", value: "2" }] })]);
    tooBig = await ecs.register("app", [shell(SLEEP, { memory: 50_000_000 })]);
  });
  after(() => ecs.dispose());

  const create = async (serviceName: string, input: Partial<CreateServiceCommandInput> = {}): Promise<Service> => {
    const defaults = { cluster: ecs.cluster, serviceName, taskDefinition: first, desiredCount: 1 };
    return (await ecs.client.send(new CreateServiceCommand({ ...defaults, ...input }))).service!;
  };
  const update = async (service: string, input: Partial<UpdateServiceCommandInput>): Promise<Service> =>
    (await ecs.client.send(new UpdateServiceCommand({ cluster: ecs.cluster, service, ...input }))).service!;
  const describeOne = async (service: string): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const stable = (service: string) =>
    waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [service] });
  const list = async (service: string, input: Partial<ListServiceDeploymentsCommandInput> = {}) =>
    (await ecs.client.send(new ListServiceDeploymentsCommand({ cluster: ecs.cluster, service, ...input })))
      .serviceDeployments!;
  const describeDeployment = async (arn: string): Promise<ServiceDeployment> => {
    const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] });
    return (await ecs.client.send(command)).serviceDeployments![0]!;
  };
  const revision = async (arn: string) =>
    (await ecs.client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }))).serviceRevisions![0]!;
  const current = async (service: string): Promise<ServiceDeployment> =>
    describeDeployment((await describeOne(service)).currentServiceDeployment!);
  /** The service deployment that a call began, once it is known. */
  const begun = (service: string, count: number) =>
    eventually(`${service} has ${count} service deployments`, async () => {
      const listed = await list(service);
      return listed.length === count && listed[0]!;
    });
  const ended = (arn: string, status: string) =>
    eventually(`the service deployment is ${status}`, async () => {
      const deployment = await describeDeployment(arn);
      return deployment.status === status && deployment;
    });

  describe("of a service's life", () => {
    const name = "life";

    it("begin with its creation, and are SUCCESSFUL when its tasks run", async () => {
      await create(name, { desiredCount: 2 });
      await stable(name);
      const [only, ...others] = await list(name);
      expect(others).to.deep.equal([]);
      const prefix = `arn:aws:ecs:us-east-1:000000000000:service-deployment/${ecs.cluster}/${name}/`;
      expect(only?.serviceDeploymentArn?.startsWith(prefix), only?.serviceDeploymentArn).to.equal(true);
      const deployment = await ended(only!.serviceDeploymentArn!, "SUCCESSFUL");
      expect(deployment.finishedAt).to.be.instanceOf(Date);
      expect(deployment.sourceServiceRevisions ?? []).to.deep.equal([]);
      expect(deployment.targetServiceRevision).to.include({ requestedTaskCount: 2, runningTaskCount: 2 });
      expect(deployment.deploymentConfiguration).to.include({ maximumPercent: 200, minimumHealthyPercent: 100 });
      expect(deployment.deploymentCircuitBreaker).to.deep.equal({ status: "DISABLED", failureCount: 0, threshold: 3 });
      const target = await revision(deployment.targetServiceRevision!.arn!);
      expect(target.serviceRevisionArn).to.match(/:service-revision\/[^/]+\/life\/\d{19}$/);
      expect(target.taskDefinition).to.match(new RegExp(`/${first}$`));
      expect(target.containerImages?.map(({ containerName }) => containerName)).to.deep.equal(["main"]);
      const service = await describeOne(name);
      expect(service.currentServiceDeployment).to.equal(only?.serviceDeploymentArn);
      expect(service.currentServiceRevisions).to.deep.equal([
        { arn: target.serviceRevisionArn, requestedTaskCount: 2, runningTaskCount: 2, pendingTaskCount: 0 },
      ]);
    });

    it("are not made by what ECS does not count as a deployment", async () => {
      await update(name, { desiredCount: 1 });
      await stable(name);
      expect(await list(name)).to.have.length(1);
    });

    it("lead from one revision to the next", async () => {
      await update(name, { taskDefinition: second });
      const { serviceDeploymentArn } = await begun(name, 2);
      await stable(name);
      const deployment = await ended(serviceDeploymentArn!, "SUCCESSFUL");
      const source = await revision(deployment.sourceServiceRevisions![0]!.arn!);
      expect(source.taskDefinition).to.match(new RegExp(`/${first}$`));
      const target = await revision(deployment.targetServiceRevision!.arn!);
      expect(target.taskDefinition).to.match(new RegExp(`/${second}$`));
    });

    it("are made anew by force, with a revision of their own", async () => {
      const before = await current(name);
      await update(name, { forceNewDeployment: true });
      const { serviceDeploymentArn } = await begun(name, 3);
      await stable(name);
      const deployment = await ended(serviceDeploymentArn!, "SUCCESSFUL");
      expect(deployment.targetServiceRevision?.arn).to.not.equal(before.targetServiceRevision?.arn);
      expect(deployment.sourceServiceRevisions?.[0]?.arn).to.equal(before.targetServiceRevision?.arn);
    });

    it("are listed newest first, by status and time, in pages", async () => {
      const all = await list(name);
      const times = all.map(({ createdAt }) => createdAt!.getTime());
      expect(times).to.deep.equal([...times].sort((a, b) => b - a));
      expect(await list(name, { status: ["IN_PROGRESS"] })).to.deep.equal([]);
      expect(await list(name, { status: ["SUCCESSFUL", "STOPPED"] })).to.have.length(3);
      expect(await list(name, { createdAt: { before: all[0]!.createdAt! } })).to.deep.equal(all.slice(1));
      expect(await list(name, { createdAt: { after: new Date() } })).to.deep.equal([]);
      const seen: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const input = { cluster: ecs.cluster, service: name, maxResults: 1, ...(nextToken && { nextToken }) };
        const page = await ecs.client.send(new ListServiceDeploymentsCommand(input));
        seen.push(...page.serviceDeployments!.map(({ serviceDeploymentArn }) => serviceDeploymentArn));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      expect(seen).to.deep.equal(all.map(({ serviceDeploymentArn }) => serviceDeploymentArn));
    });

    it("are kubectl's to see as well", async () => {
      const rows = await kubectl("get", "ecsservicedeployments", "-n", `ecs-${ecs.cluster}`, "--no-headers");
      expect(rows.split("\n").filter((row) => row.startsWith(`${name}-`))).to.have.length(3);
      expect(rows).to.match(/life +SUCCESSFUL/);
      const records = ["ecsservicedeployments", "ecsservicerevisions"];
      for (const kind of records) {
        const [name = ""] = (await kubectl("get", kind, "-n", `ecs-${ecs.cluster}`, "-o", "name")).split("\n");
        const patch = ["patch", name, "-n", `ecs-${ecs.cluster}`, "--type=merge", "-p", '{"spec":{"service":"other"}}'];
        expect((await kubectlRaw(patch)).stderr).to.contain("never changes");
      }
    });

    it("stay readable when the service is gone", async () => {
      const before = await list(name);
      await ecs.client.send(new DeleteServiceCommand({ cluster: ecs.cluster, service: name, force: true }));
      await waitUntilServicesInactive(patience(ecs.client), { cluster: ecs.cluster, services: [name] });
      expect(await list(name)).to.deep.equal(before);
      const deployment = await describeDeployment(before[0]!.serviceDeploymentArn!);
      expect(deployment.status).to.equal("SUCCESSFUL");
      expect(await revision(deployment.targetServiceRevision!.arn!)).to.have.property("taskDefinition");
      await create(name);
      await begun(name, 1);
    });
  });

  describe("that are stopped", () => {
    const name = "stopped";

    it("return to the revision that was last completed, and leave the spec alone", async () => {
      await create(name, { taskDefinition: first });
      await stable(name);
      const before = await describeOne(name);
      await update(name, { taskDefinition: tooBig });
      const { serviceDeploymentArn } = await begun(name, 2);
      await ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
      const deployment = await ended(serviceDeploymentArn!, "ROLLBACK_SUCCESSFUL");
      expect(deployment.rollback?.serviceRevisionArn).to.equal(deployment.sourceServiceRevisions?.[0]?.arn);
      expect(deployment.rollback?.startedAt).to.be.instanceOf(Date);
      await stable(name);
      const service = await describeOne(name);
      expect(service.taskDefinition).to.equal(before.taskDefinition);
      expect(service.deployments?.map(({ id, rolloutState }) => [id, rolloutState])).to.deep.equal([
        [before.deployments?.[0]?.id, "COMPLETED"],
      ]);
      const messages = service.events!.map(({ message }) => message);
      expect(messages).to.include(`(service ${name}) rolling back to deployment ${before.deployments?.[0]?.id}.`);
      const { spec } = await kubectlJson<{ spec: { taskDefinition: string } }>(
        "get",
        "ecsservice",
        name,
        "-n",
        `ecs-${ecs.cluster}`,
      );
      expect(spec.taskDefinition).to.equal(tooBig);
    });

    it("are over: they cannot be stopped again", async () => {
      const [last] = await list(name);
      const stop = new StopServiceDeploymentCommand({ serviceDeploymentArn: last!.serviceDeploymentArn });
      await refused(ecs.client.send(stop), "ConflictException", /ended already/);
    });

    it("do not hold what has nothing to do with them: the service scales", async () => {
      await update(name, { desiredCount: 2 });
      await stable(name);
      expect(await describeOne(name)).to.include({ runningCount: 2, desiredCount: 2 });
      expect(await list(name)).to.have.length(2);
    });

    it("may be asked for again, and aborted: what runs stays, nothing more is started", async () => {
      const running = (await describeOne(name)).taskDefinition;
      await update(name, { taskDefinition: tooBig });
      const { serviceDeploymentArn } = await begun(name, 3);
      const command = new StopServiceDeploymentCommand({ serviceDeploymentArn, stopType: "ABORT" });
      await ecs.client.send(command);
      await ended(serviceDeploymentArn!, "STOPPED");
      const service = await eventually("the failed deployment has no tasks", async () => {
        const now = await describeOne(name);
        return now.pendingCount === 0 && now.deployments?.[0]?.rolloutState === "FAILED" && now;
      });
      expect(service.deployments?.[0]?.status).to.equal("PRIMARY");
      expect(service.runningCount).to.equal(2);
      expect(service.deployments?.[1]?.taskDefinition).to.equal(running);
    });

    it("give way to the next change", async () => {
      await update(name, { taskDefinition: second });
      await stable(name);
      expect(await describeOne(name)).to.include({ runningCount: 2 });
      // Its record says so a moment after the service does.
      await eventually("it is SUCCESSFUL", async () => (await current(name)).status === "SUCCESSFUL");
    });

    it("are STOPPED when a newer one begins", async () => {
      await update(name, { taskDefinition: tooBig });
      const { serviceDeploymentArn } = await begun(name, 5);
      await update(name, { taskDefinition: first });
      await stable(name);
      expect((await describeDeployment(serviceDeploymentArn!)).status).to.equal("STOPPED");
    });
  });

  describe("that watch alarms", () => {
    const name = "alarmed";
    let alarm: string;

    before(() => {
      alarm = `${ecs.cluster}-5xx`;
    });
    after(() => kubectl("delete", "ecsalarm", alarm, "--ignore-not-found"));

    const setAlarm = (state: string) =>
      kubectlApply({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSAlarm",
        metadata: { name: alarm },
        spec: { state, evaluationSeconds: 5 },
      });

    it("are watched until some time after all tasks run", async () => {
      await setAlarm("OK");
      const alarms = { alarmNames: [alarm], enable: true, rollback: true };
      await create(name, { deploymentConfiguration: { alarms } });
      await stable(name);
      const [only] = await list(name);
      const deployment = await ended(only!.serviceDeploymentArn!, "SUCCESSFUL");
      expect(deployment.alarms).to.deep.equal({ status: "MONITORING_COMPLETE", alarmNames: [alarm] });
      expect(deployment.finishedAt!.getTime() - deployment.startedAt!.getTime()).to.be.at.least(5000);
    });

    it("fail when one is raised, and the service returns", async () => {
      const before = await describeOne(name);
      await update(name, { taskDefinition: second });
      const { serviceDeploymentArn } = await begun(name, 2);
      await setAlarm("ALARM");
      const deployment = await ended(serviceDeploymentArn!, "ROLLBACK_SUCCESSFUL");
      expect(deployment.statusReason).to.equal("Service deployment rolled back because of one or more active alarms.");
      expect(deployment.alarms).to.deep.equal({
        status: "TRIGGERED",
        alarmNames: [alarm],
        triggeredAlarmNames: [alarm],
      });
      await stable(name);
      const service = await describeOne(name);
      expect(service.taskDefinition).to.equal(before.taskDefinition);
      const told = service.events!.map(({ message }) => message).join("\n");
      expect(told).to.match(/\(service alarmed\) \(deployment ecs-svc\/\d+\) deployment failed: alarm detected\./);
    });

    it("hear of it from Alertmanager", async () => {
      const notify = async (status: string): Promise<number> => {
        const alerts = [{ status, labels: { alertname: alarm }, annotations: { summary: "too many errors" } }];
        const body = JSON.stringify({ version: "4", status, alerts });
        return (await fetch(`${environment.endpoint}/webhooks/alertmanager`, { method: "POST", body })).status;
      };
      const stateNow = async () =>
        (await kubectlJson<{ spec: object }>("get", "ecsalarm", alarm)).spec as Record<string, unknown>;
      expect(await notify("resolved")).to.equal(204);
      expect(await stateNow()).to.include({ state: "OK", evaluationSeconds: 5 });
      expect(await notify("firing")).to.equal(204);
      expect(await stateNow()).to.include({ state: "ALARM", stateReason: "too many errors" });
      expect(await notify("unknown")).to.equal(400);
    });

    it("do not watch what is raised already", async () => {
      await update(name, { taskDefinition: second });
      const { serviceDeploymentArn } = await begun(name, 3);
      const deployment = await ended(serviceDeploymentArn!, "SUCCESSFUL");
      expect(deployment.alarms?.status).to.equal("DISABLED");
    });
  });

  it("that are not known are failures, and cannot be stopped", async () => {
    const arn = `arn:aws:ecs:us-east-1:000000000000:service-deployment/${ecs.cluster}/life/none`;
    const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] });
    expect((await ecs.client.send(command)).failures).to.deep.equal([{ arn, reason: "MISSING" }]);
    const stop = new StopServiceDeploymentCommand({ serviceDeploymentArn: arn });
    await refused(ecs.client.send(stop), "ServiceDeploymentNotFoundException", "Service deployment not found.");
    await refused(
      ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn: "life" })),
      "InvalidParameterException",
      /not the ARN of a service deployment/,
    );
    await refused(list("nobody"), "ServiceNotFoundException", "Service not found.");
  });

  it("are SUCCESSFUL early, with the share of healthy tasks that the service asks for", async () => {
    const { items: nodes } = await kubectlJson<{ items: object[] }>("get", "nodes");
    const portMappings = [{ containerPort: 8080, hostPort: 23_456 }];
    const oneOnEachNode = await ecs.register("ported", [shell(SLEEP, { portMappings })]);
    const earlySuccessCriteria = {
      enable: true,
      healthyPercent: 50,
      sourceServiceRevisionCleanup: "BLOCKING" as const,
    };
    const deploymentConfiguration = { minimumHealthyPercent: 50, earlySuccessCriteria };
    await refused(
      create("early", { deploymentConfiguration: { earlySuccessCriteria } }),
      "InvalidParameterException",
      /greater than or equal to minimumHealthyPercent, which is 100/,
    );
    await create("early", { desiredCount: nodes.length + 1, deploymentConfiguration });
    await stable("early");
    await update("early", { taskDefinition: oneOnEachNode });
    const { serviceDeploymentArn } = await begun("early", 2);
    const deployment = await ended(serviceDeploymentArn!, "SUCCESSFUL");
    expect(deployment.deploymentConfiguration?.earlySuccessCriteria).to.deep.equal(earlySuccessCriteria);
    expect(deployment.targetServiceRevision?.runningTaskCount).to.be.at.most(nodes.length);
    const { deployments, events = [] } = await describeOne("early");
    expect(deployments?.map(({ rolloutState, pendingCount }) => [rolloutState, pendingCount])).to.deep.equal([
      ["COMPLETED", 1],
    ]);
    expect(events.map(({ message }) => message)).to.include(
      `(service early) (deployment ${deployments![0]!.id}) deployment completed.`,
    );
  });
});
