/** Emulators of AWS that hold the same service and as many tasks, to be read beside KECS. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { credentials, environment } from "../e2e/support/environment.ts";
import { progress } from "./figure.ts";
import { until } from "./installation.ts";

const TASKS_A_CALL = 10;
const STARTS_MS = 60_000;

export interface Rival {
  readonly name: string;
  readonly port: number;
  /** ARNs of its tasks. */
  readonly tasks: readonly string[];
  stop(): void;
}

export interface RivalProgram {
  readonly name: string;
  readonly command: string;
  readonly args: (port: number) => string[];
}

/** Starts it with one service `web` and so many tasks in the cluster `default`. */
export async function startRival({ name, command, args }: RivalProgram, tasks: number): Promise<Rival> {
  const port = await freePort();
  const server = spawn(command, args(port), { stdio: "ignore" });
  const stop = (): void => void server.kill("SIGTERM");
  try {
    await until(`${name} answers`, () => answers(server, port), STARTS_MS);
    return { name, port, tasks: await fill(name, port, tasks), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function answers(server: ChildProcess, port: number): Promise<boolean> {
  if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false, // not yet
  );
}

async function fill(name: string, port: number, count: number): Promise<string[]> {
  const ecs = new ECSClient({ endpoint: `http://127.0.0.1:${port}`, region: environment.region, credentials });
  await ecs.send(new CreateClusterCommand({ clusterName: "default" }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      containerDefinitions: [{ name: "app", image: "busybox", memory: 32 }],
    }),
  );
  await ecs.send(new CreateServiceCommand({ serviceName: "web", taskDefinition: "web", desiredCount: 0 }));
  const arns: string[] = [];
  while (arns.length < count) {
    // one call after another: moto fails when several come at once
    if (arns.length % 1000 === 0) progress(`${name}: ${arns.length} of ${count} tasks`);
    const run = { taskDefinition: "web", count: TASKS_A_CALL, launchType: "FARGATE" } as const;
    const { tasks = [] } = await ecs.send(new RunTaskCommand(run));
    arns.push(...tasks.map(({ taskArn = "" }) => taskArn));
  }
  ecs.destroy();
  return arns;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
