/** moto_server, the emulator of AWS that most tests use, holding the same services and tasks. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { credentials, environment } from "../e2e/support/environment.ts";
import { check } from "../e2e/support/run.ts";
import { progress } from "./figure.ts";
import { until } from "./installation.ts";

const PACKAGE = "moto[server]==5.2.5";
const venv = join(environment.cache, `rival-${PACKAGE.replaceAll(/[[\]=]+/g, "-")}`);
const TASKS_A_CALL = 10;
const REGION = environment.region;

export interface Moto {
  readonly port: number;
  /** ARNs of its tasks. */
  readonly tasks: readonly string[];
  stop(): void;
}

/** Starts it with one service `web` and so many tasks in the cluster `default`; installs it once per user. */
export async function startMoto(tasks: number): Promise<Moto> {
  await install();
  const port = await freePort();
  const server = spawn(join(venv, "bin", "moto_server"), ["-p", String(port)], { stdio: "ignore" });
  const stop = (): void => void server.kill("SIGTERM");
  try {
    const url = `http://127.0.0.1:${port}`;
    const answers = (): Promise<boolean> =>
      fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until("moto_server answers", answers, 60_000);
    return { port, tasks: await fill(url, tasks), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

async function install(): Promise<void> {
  const done = join(venv, "installed");
  if (existsSync(done)) return;
  progress(`installing ${PACKAGE}`);
  await mkdir(venv, { recursive: true });
  await check("python3", ["-m", "venv", "--clear", venv], { timeoutMs: 300_000 });
  await check(join(venv, "bin", "pip"), ["install", "--quiet", PACKAGE], { timeoutMs: 600_000 });
  await writeFile(done, "");
}

async function fill(endpoint: string, count: number): Promise<string[]> {
  const ecs = new ECSClient({ endpoint, region: REGION, credentials });
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
    // one call after another: it fails when several come at once
    if (arns.length % 1000 === 0) progress(`moto: ${arns.length} of ${count} tasks`);
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
