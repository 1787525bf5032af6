import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { credentials, environment } from "./environment.ts";
import { check, run, type Finished } from "./run.ts";

/** The AWS clients of the Python world, pinned: the AWS CLI as people install it with pip, and boto3. */
const packages = ["awscli==1.46.2", "boto3==1.44.5"] as const;
const venv = join(environment.cache, `python-clients-${packages.join("-").replaceAll("==", "-")}`);

/** Folder of the programs `aws` and `python`. */
export const pythonClientsBin = join(venv, "bin");

/** Installs the AWS CLI and boto3 once per user; later calls find them. */
export async function installPythonClients(): Promise<void> {
  const done = join(venv, "installed");
  if (existsSync(done)) return;
  await mkdir(venv, { recursive: true });
  await check("python3", ["-m", "venv", "--clear", venv], { timeoutMs: 300_000 });
  await check(join(pythonClientsBin, "pip"), ["install", "--quiet", ...packages], { timeoutMs: 600_000 });
  await check("touch", [done]);
}

const clientEnv = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_DEFAULT_REGION: environment.region,
  AWS_ENDPOINT_URL_ECS: environment.endpoint,
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: environment.endpoint,
  AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING: environment.endpoint,
  AWS_ENDPOINT_URL_EVENTBRIDGE: environment.endpoint,
  AWS_ENDPOINT_URL_SCHEDULER: environment.endpoint,
  AWS_ENDPOINT_URL_SERVICEDISCOVERY: environment.endpoint,
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_MAX_ATTEMPTS: "2",
  AWS_PAGER: "",
};

/** `aws ecs …`: exit code and output as a person at the terminal has them. */
export function awsEcsRaw(...args: string[]): Promise<Finished> {
  return aws("ecs", ...args);
}

/** `aws ecs …` that must succeed: its JSON answer (undefined where it prints nothing, as waiters do). */
export function awsEcs<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  return awsJson<T>("ecs", ...args);
}

/** `aws logs …`, as {@link awsEcsRaw}. */
export function awsLogsRaw(...args: string[]): Promise<Finished> {
  return aws("logs", ...args);
}

/** `aws logs …`, as {@link awsEcs}. */
export function awsLogs<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  return awsJson<T>("logs", ...args);
}

/** `aws servicediscovery …`, as {@link awsEcsRaw}. */
export function awsDiscoveryRaw(...args: string[]): Promise<Finished> {
  return aws("servicediscovery", ...args);
}

/** `aws servicediscovery …`, as {@link awsEcs}. */
export function awsDiscovery<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  return awsJson<T>("servicediscovery", ...args);
}

/** `aws <service> …`, as {@link awsEcsRaw}. */
export function aws(...args: string[]): Promise<Finished> {
  return run(join(pythonClientsBin, "aws"), args, { env: clientEnv, timeoutMs: 660_000 });
}

/** `aws <service> …`, as {@link awsEcs}. */
export async function awsJson<T>(...args: string[]): Promise<T> {
  const finished = await aws(...args, "--output", "json");
  if (finished.code !== 0) throw new Error(`aws ${args.join(" ")}: exit code ${finished.code}\n${finished.stderr}`);
  return (finished.stdout.trim() === "" ? undefined : JSON.parse(finished.stdout)) as T;
}

/** One thing that a person at a terminal does; `terminal.py` says what each means. */
export interface TerminalStep {
  readonly expect?: string;
  readonly type?: string;
  readonly size?: readonly [columns: number, rows: number];
  readonly sleep?: number;
  readonly kill?: number;
}

/**
 * `aws ecs …` in a terminal of 80 columns and 24 rows, with a person at it: exit code and what was to be seen.
 * @param path folders in which the CLI finds programs that it calls
 * @throws Error when something expected was not printed
 */
export async function awsEcsInTerminal(
  args: readonly string[],
  steps: readonly TerminalStep[],
  path: string,
): Promise<{ code: number; output: string }> {
  const script = join(import.meta.dirname, "terminal.py");
  const program = join(pythonClientsBin, "aws");
  const env = { ...clientEnv, PATH: `${path}:${process.env["PATH"] ?? ""}` };
  const seen = await check("python3", [script, "60", JSON.stringify(steps), program, "ecs", ...args], { env });
  const { code, output, problem } = JSON.parse(seen) as { code: number; output: string; problem: string | null };
  if (problem !== null) throw new Error(`aws ecs ${args.join(" ")} ${problem}; it printed:\n${output}`);
  return { code, output };
}

/** Runs Python source with boto3 at hand; what it prints as JSON on its last line comes back. */
export async function boto3<T>(source: string): Promise<T> {
  const stdout = await check(join(pythonClientsBin, "python"), ["-"], {
    env: clientEnv,
    input: source,
    timeoutMs: 300_000,
  });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "null") as T;
}
