import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import {
  type ContainerDefinition,
  ContinueServiceDeploymentCommand,
  CreateServiceCommand,
  type DeploymentConfiguration,
  type DeploymentLifecycleHook,
  type DeploymentLifecycleHookStage,
  DescribeServicesCommand,
  type Service,
  type ServiceDeployment,
  StopServiceDeploymentCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import {
  type EcsFixture,
  ecsFixture,
  newestDeployment,
  patience,
  refused,
  targetGroupArn,
} from "./support/ecs-fixture.ts";
import { kubectl, kubectlJson } from "./support/kubectl.ts";
import { awsEcs } from "./support/python-clients.ts";
import { eventually, uniqueName } from "./support/wait.ts";

const ELB = "arn:aws:elasticloadbalancing:us-east-1:000000000000";

/** nginx on port 80 that says `word`. */
function web(word: string): ContainerDefinition {
  const command = `echo ${word} >/usr/share/nginx/html/index.html; exec nginx -g 'daemon off;'`;
  return {
    name: "web",
    image: "nginx",
    memory: 64,
    command: ["sh", "-c", command],
    portMappings: [{ containerPort: 80, name: "http" }],
  };
}

interface HookEvent {
  executionId: string;
  lifecycleStage: string;
  resourceArn: string;
  executionDetails: { targetServiceRevisionArn: string; productionTrafficWeights: Record<string, number> };
  hookDetails?: Record<string, unknown>;
}

describe("deployments that shift traffic", function () {
  this.timeout(240_000);
  const service = "web";
  let ecs: EcsFixture;
  let definitions: Record<"blue" | "green" | "red", string>;
  let call: (host: string) => Promise<string>;
  /** Names of the target groups. */
  const production = uniqueName("p");
  const test = uniqueName("t");

  before(async () => {
    ecs = await ecsFixture("shift");
    definitions = {
      blue: await ecs.register("web", [web("blue")]),
      green: await ecs.register("web", [web("green")]),
      red: await ecs.register("web", [web("red")]),
    };
    const idle = await ecs.register("caller", [
      { name: "main", image: "nginx", memory: 64, command: ["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"] },
    ]);
    const input = { cluster: ecs.cluster, serviceName: "caller", taskDefinition: idle, desiredCount: 1 };
    await ecs.client.send(new CreateServiceCommand(input));
    await create();
    await stable("caller");
    await stable(service);
    const namespace = `ecs-${ecs.cluster}`;
    const inside = ["--namespace", namespace, "exec", "deployment/caller", "--", "curl", "--silent", "--fail"];
    call = async (host) => (await kubectl(...inside, host)).trim();
  });
  after(() => ecs.dispose());

  const create = () =>
    ecs.client.send(
      new CreateServiceCommand({
        cluster: ecs.cluster,
        serviceName: service,
        taskDefinition: definitions.blue,
        desiredCount: 1,
        deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
        loadBalancers: [
          {
            targetGroupArn: targetGroupArn(production),
            containerName: "web",
            containerPort: 80,
            advancedConfiguration: {
              alternateTargetGroupArn: targetGroupArn(test),
              productionListenerRule: `${ELB}:listener-rule/app/lb/50dc6c495c0c9188/0467ef3c8400ae65/9683b2d02a6cabee`,
              roleArn: "arn:aws:iam::000000000000:role/ecsInfrastructure",
            },
          },
        ],
      }),
    );
  const stable = (name: string) =>
    waitUntilServicesStable(patience(ecs.client), { cluster: ecs.cluster, services: [name] });
  const describeOne = async (): Promise<Service> =>
    (await ecs.client.send(new DescribeServicesCommand({ cluster: ecs.cluster, services: [service] }))).services![0]!;
  const update = (word: keyof typeof definitions, deploymentConfiguration: DeploymentConfiguration) =>
    ecs.client.send(
      new UpdateServiceCommand({
        cluster: ecs.cluster,
        service,
        taskDefinition: definitions[word],
        deploymentConfiguration,
      }),
    );
  const newest = (): Promise<ServiceDeployment> => newestDeployment(ecs, service);
  const pause = (...lifecycleStages: DeploymentLifecycleHookStage[]): DeploymentLifecycleHook => ({
    targetType: "PAUSE",
    lifecycleStages,
  });
  /** The deployment once it waits at a hook that is none of `before`. */
  const paused = (...before: string[]) =>
    eventually("the deployment is paused", async () => {
      const deployment = await newest();
      const hook = deployment.lifecycleHookDetails?.find(
        ({ status, hookId = "" }) => status === "AWAITING_ACTION" && !before.includes(hookId),
      );
      return hook && { deployment, hookId: hook.hookId! };
    });
  const ended = (status: ServiceDeployment["status"]) =>
    eventually(`the deployment is ${status}`, async () => {
      const deployment = await newest();
      return deployment.status === status && deployment;
    });
  const proceed = ({ deployment, hookId }: { deployment: ServiceDeployment; hookId: string }) =>
    ecs.client.send(
      new ContinueServiceDeploymentCommand({ serviceDeploymentArn: deployment.serviceDeploymentArn!, hookId }),
    );
  const answers = (name: string, word: string) =>
    eventually(`${name} answers ${word}`, async () => (await call(`http://tg-${name}/`)) === word, 30_000);
  const weightsOf = ({ sourceServiceRevisions: [source] = [], targetServiceRevision: target }: ServiceDeployment) =>
    [source, target].map((each) => [each?.requestedProductionTrafficWeight, each?.requestedTestTrafficWeight]);

  describe("at once", () => {
    it("begin with a service that just comes up", async () => {
      const deployment = await ended("SUCCESSFUL");
      expect(deployment).to.include({ lifecycleStage: "CLEAN_UP" });
      expect(deployment.deploymentConfiguration).to.include({ strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 });
      await answers(production, "blue");
      await answers(test, "blue");
    });

    it("can be tested before production sees them, and go on when they are told to", async () => {
      const input = { cluster: ecs.cluster, service, taskDefinition: definitions.green };
      const lifecycleHooks = [pause("POST_TEST_TRAFFIC_SHIFT")];
      await awsEcs(
        "update-service",
        "--cli-input-json",
        JSON.stringify({ ...input, deploymentConfiguration: { lifecycleHooks } }),
      );
      const held = await paused();
      expect(held.deployment).to.include({ status: "IN_PROGRESS", lifecycleStage: "POST_TEST_TRAFFIC_SHIFT" });
      expect(held.deployment.lifecycleHookDetails?.[0]).to.include({ targetType: "PAUSE", timeoutAction: "ROLLBACK" });
      expect(weightsOf(held.deployment)).to.deep.equal([
        [100, 0],
        [0, 100],
      ]);
      await answers(test, "green");
      expect(await call(`http://tg-${production}/`)).to.equal("blue");
      const { deployments = [], deploymentConfiguration } = await describeOne();
      expect(deployments.map(({ status, runningCount }) => [status, runningCount])).to.deep.equal([
        ["PRIMARY", 1],
        ["ACTIVE", 1],
      ]);
      expect(deploymentConfiguration?.lifecycleHooks).to.deep.equal(lifecycleHooks);

      await refused(
        proceed({ ...held, hookId: "ecs-pause-other" }),
        "InvalidParameterException",
        /no PAUSE hook ecs-pause-other that is in the AWAITING_ACTION status/,
      );
      await proceed(held);
      const done = await ended("SUCCESSFUL");
      expect(done.targetServiceRevision).to.include({ requestedProductionTrafficWeight: 100 });
      await answers(production, "green");
      await answers(test, "green");
      await stable(service);
      expect((await describeOne()).deployments).to.have.length(1);
    });

    it("leave what runs as it is when they are rolled back", async () => {
      await update("red", {});
      const held = await paused();
      await answers(test, "red");
      const tasks = await podsOf("green");
      const { serviceDeploymentArn = "" } = held.deployment;
      const name = `${service}-${serviceDeploymentArn.split("/").at(-1)}`;
      const patch = JSON.stringify({ spec: { hookActions: { [held.hookId]: "ROLLBACK" } } });
      const command = ["patch", "ecsservicedeployment", name, "--type", "merge", "--patch", patch];
      await kubectl("--namespace", `ecs-${ecs.cluster}`, ...command);
      const back = await ended("ROLLBACK_SUCCESSFUL");
      expect(back.statusReason).to.match(/a lifecycle hook of the stage POST_TEST_TRAFFIC_SHIFT did not succeed/);
      expect(weightsOf(back)[1]).to.deep.equal([0, 0]);
      await answers(test, "green");
      expect(await call(`http://tg-${production}/`)).to.equal("green");
      expect(await podsOf("green")).to.deep.equal(tasks);
      expect((await describeOne()).taskDefinition).to.match(new RegExp(`/${definitions.green}$`));
    });

    it("return at once after the shift, as long as they bake", async () => {
      await update("red", { bakeTimeInMinutes: 60, lifecycleHooks: [] });
      await eventually("it bakes", async () => (await newest()).lifecycleStage === "BAKE_TIME");
      await answers(production, "red");
      const { serviceDeploymentArn } = await newest();
      await ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
      await answers(production, "green");
      await ended("ROLLBACK_SUCCESSFUL");
    });
  });

  describe("with a hook that is called", () => {
    let server: Server;
    let hookTargetArn: string;
    const events: HookEvent[] = [];
    let answer: (event: HookEvent) => object;
    const read = async (request: IncomingMessage): Promise<HookEvent> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      return JSON.parse(Buffer.concat(chunks).toString()) as HookEvent;
    };
    before(async () => {
      server = createServer((request, response) => {
        void read(request).then((event) => {
          events.push(event);
          response.end(JSON.stringify(answer(event)));
          return undefined;
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      hookTargetArn = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=secret`;
    });
    after(() => server.close());

    it("are rolled back when it says FAILED, production having seen nothing", async () => {
      const again = { hookStatus: "IN_PROGRESS", callBackDelay: 1, hookDetails: { seen: true } };
      answer = () => (events.length === 1 ? again : { hookStatus: "FAILED" });
      const hook = { hookTargetArn, lifecycleStages: ["POST_SCALE_UP" as const], hookDetails: { team: "shop" } };
      await update("red", { bakeTimeInMinutes: 0, lifecycleHooks: [hook] });
      const back = await eventually("it is rolled back", async () => {
        const deployment = await newest();
        return events.length === 2 && deployment.status === "ROLLBACK_SUCCESSFUL" && deployment;
      });
      expect(back.statusReason).to.match(/of the stage POST_SCALE_UP did not succeed: it answered FAILED\.$/);
      const [first, second] = events;
      expect(first).to.deep.include({
        lifecycleStage: "POST_SCALE_UP",
        resourceArn: back.serviceDeploymentArn,
        hookDetails: { team: "shop" },
      });
      expect(first?.executionDetails).to.include({ targetServiceRevisionArn: back.targetServiceRevision?.arn });
      expect(second).to.include({ executionId: first?.executionId });
      expect(second?.hookDetails).to.deep.equal({ team: "shop", seen: true });
      expect(await call(`http://tg-${production}/`)).to.equal("green");
    });

    it("call it again for the shifts that a rollback takes back, whatever it then says", async () => {
      events.splice(0);
      answer = () => ({ hookStatus: "SUCCEEDED" });
      const stages: DeploymentLifecycleHookStage[] = ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"];
      await update("red", { bakeTimeInMinutes: 60, lifecycleHooks: [{ hookTargetArn, lifecycleStages: stages }] });
      await eventually("it bakes", async () => (await newest()).lifecycleStage === "BAKE_TIME");
      await answers(production, "red");
      const stagesOf = () => events.map(({ lifecycleStage }) => lifecycleStage);
      expect(stagesOf()).to.deep.equal(stages);
      answer = () => ({ hookStatus: "FAILED" });
      const { serviceDeploymentArn, targetServiceRevision } = await newest();
      await ecs.client.send(new StopServiceDeploymentCommand({ serviceDeploymentArn }));
      await answers(production, "green");
      await ended("ROLLBACK_SUCCESSFUL");
      expect(stagesOf().slice(2)).to.have.members(stages);
      const last = events.findLast(({ lifecycleStage }) => lifecycleStage === "PRODUCTION_TRAFFIC_SHIFT")!;
      expect(last).to.include({ resourceArn: serviceDeploymentArn });
      expect(last.executionDetails.targetServiceRevisionArn).to.equal(targetServiceRevision?.arn);
      expect(last.executionDetails.productionTrafficWeights[targetServiceRevision!.arn!]).to.equal(0);
    });
  });

  describe("by steps", () => {
    it("give a canary its share before it gets the rest", async () => {
      await update("blue", {
        strategy: "CANARY",
        bakeTimeInMinutes: 0,
        canaryConfiguration: { canaryPercent: 50, canaryBakeTimeInMinutes: 0 },
        lifecycleHooks: [pause("PRE_PRODUCTION_TRAFFIC_SHIFT")],
      });
      const first = await paused();
      expect(first.deployment).to.include({ lifecycleStage: "POST_TEST_TRAFFIC_SHIFT" });
      expect(weightsOf(first.deployment).map(([weight]) => weight)).to.deep.equal([100, 0]);
      await proceed(first);
      const second = await paused(first.hookId);
      expect(second.deployment).to.include({ lifecycleStage: "PRODUCTION_TRAFFIC_SHIFT" });
      expect(weightsOf(second.deployment).map(([weight]) => weight)).to.deep.equal([50, 50]);
      await bothAnswer();
      await proceed(second);
      await ended("SUCCESSFUL");
      await answers(production, "blue");
    });

    it("give a linear deployment equal steps, each Pod that is chosen the same", async () => {
      await ecs.client.send(
        new UpdateServiceCommand({
          cluster: ecs.cluster,
          service,
          taskDefinition: definitions.green,
          desiredCount: 2,
          deploymentConfiguration: {
            strategy: "LINEAR",
            linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 0 },
            lifecycleHooks: [pause("PRE_PRODUCTION_TRAFFIC_SHIFT")],
          },
        }),
      );
      const before: string[] = [];
      /** How many Pods of the old and the new revision have a share, at each pause. */
      const steps: [weights: (number | undefined)[], shares: [blue: number, green: number]][] = [
        [
          [100, 0],
          [0, 0],
        ],
        [
          [60, 40],
          [2, 1],
        ],
        [
          [20, 80],
          [1, 2],
        ],
      ];
      for (const [weights, shares] of steps) {
        const held = await paused(...before);
        expect(weightsOf(held.deployment).map(([weight]) => weight)).to.deep.equal(weights);
        const share = `kecs.io/traffic-share=${held.deployment.serviceDeploymentArn?.split("/").at(-1)}`;
        await eventually(`${shares.join(" and ")} Pods have a share`, async () => {
          const [blue, green] = await Promise.all([podsOf("blue", share), podsOf("green", share)]);
          return blue.length === shares[0] && green.length === shares[1];
        });
        if (shares[1] > 0) await bothAnswer();
        before.push(held.hookId);
        await proceed(held);
      }
      await ended("SUCCESSFUL");
      await answers(production, "green");
      await stable(service);
      expect(await podsOf("green")).to.have.length(2);
    });
  });

  async function bothAnswer(): Promise<void> {
    const seen = new Set<string>();
    await eventually("both answer", async () => {
      seen.add(await call(`http://tg-${production}/`));
      return seen.size === 2;
    });
    expect([...seen].sort()).to.deep.equal(["blue", "green"]);
  }

  async function podsOf(word: keyof typeof definitions, ...more: string[]): Promise<string[]> {
    const [family, revision] = definitions[word].split(":");
    const labels = [`kecs.io/task-family=${family}`, `kecs.io/task-revision=${revision}`, ...more].join(",");
    const { items } = await kubectlJson<{ items: { metadata: { uid: string; deletionTimestamp?: string } }[] }>(
      "--namespace",
      `ecs-${ecs.cluster}`,
      "get",
      "pods",
      "--selector",
      labels,
    );
    return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.uid);
  }
});
