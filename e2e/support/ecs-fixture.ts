import {
  type ContainerDefinition,
  CreateClusterCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServiceDeploymentsCommand,
  type ECSClient,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type ServiceDeployment,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { expect } from "chai";
import { ecsClient } from "./sdk.ts";
import { eventually, uniqueName } from "./wait.ts";

/** Options of the SDK's waiters: as patient as a user, but asking more often than the clients' 6 to 15 s. */
export const patience = (client: ECSClient) => ({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 2 });

/** A container of busybox that runs a shell command. */
export function shell(command: string, more: Partial<ContainerDefinition> = {}): ContainerDefinition {
  return { name: "main", image: "busybox", memory: 32, essential: true, command: ["sh", "-c", command], ...more };
}

/** Runs until it is told to stop, at once. */
export const SLEEP = "trap 'exit 0' TERM; sleep 3600 & wait";

/** An ECS cluster of a suite's own, so that suites can run side by side. */
export interface EcsFixture {
  readonly client: ECSClient;
  /** ECS name; the namespace is `ecs-<cluster>`. */
  readonly cluster: string;
  /** Registers a revision of `<cluster>-<family>`; gives `family:revision`. */
  register(
    family: string,
    containers: ContainerDefinition[],
    more?: Partial<RegisterTaskDefinitionCommandInput>,
  ): Promise<string>;
  /** Removes the cluster and everything in it, and deregisters the task definitions. */
  dispose(): Promise<void>;
}

/** Creates the cluster. */
export async function ecsFixture(prefix: string): Promise<EcsFixture> {
  const client = ecsClient();
  const cluster = uniqueName(prefix);
  const registered: string[] = [];
  await client.send(new CreateClusterCommand({ clusterName: cluster }));

  async function register(
    family: string,
    containerDefinitions: ContainerDefinition[],
    more: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    const input = { family: `${cluster}-${family}`, containerDefinitions, ...more };
    const { taskDefinition } = await client.send(new RegisterTaskDefinitionCommand(input));
    const reference = `${taskDefinition?.family}:${taskDefinition?.revision}`;
    registered.push(reference);
    return reference;
  }

  async function dispose(): Promise<void> {
    const { serviceArns = [] } = await client.send(new ListServicesCommand({ cluster, maxResults: 100 }));
    for (const service of serviceArns) await client.send(new DeleteServiceCommand({ cluster, service, force: true }));
    const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster }));
    for (const task of taskArns) await client.send(new StopTaskCommand({ cluster, task }));
    await eventually("the cluster is deleted", async () => {
      await client.send(new DeleteClusterCommand({ cluster }));
      return true;
    });
    for (const taskDefinition of registered) {
      await client.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    }
    client.destroy();
  }

  return { client, cluster, register, dispose };
}

/** The newest service deployment of a service. */
export async function newestDeployment({ client, cluster }: EcsFixture, service: string): Promise<ServiceDeployment> {
  const listed = await client.send(new ListServiceDeploymentsCommand({ cluster, service }));
  const [brief] = listed.serviceDeployments ?? [];
  const command = new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [brief!.serviceDeploymentArn!] });
  return (await client.send(command)).serviceDeployments![0]!;
}

/** ARN of a target group of that name. */
export function targetGroupArn(name: string): string {
  return `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
}

/** Expects a call to be refused with this error code and a message that matches; gives the error. */
export async function refused(call: Promise<unknown>, code: string, message: RegExp | string): Promise<Error> {
  const error = await call.then(
    (answer) => expect.fail(`accepted, where ${code} was expected: ${JSON.stringify(answer)}`),
    (reason: Error) => reason,
  );
  expect(error.name, error.message).to.equal(code);
  if (typeof message === "string") expect(error.message).to.equal(message);
  else expect(error.message).to.match(message);
  return error;
}
