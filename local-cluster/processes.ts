/** Background processes of the cluster, each with a record of exactly what was started. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { requirePortFree } from "./ports.ts";
import { processIdentity } from "./process-identity.ts";
import type { Paths } from "./settings.ts";
import { waitFor, WaitError } from "./wait.ts";

export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** Whatever else it reads at start (configuration files): a change of it means a restart. */
  inputs?: string[];
  /** Ports that must be free before it starts. */
  listens?: { address: string; port: number }[];
}

export interface ProcessRecord {
  name: string;
  pid: number;
  identity: string;
  fingerprint: string;
  command: string;
}

type Outcome = "started" | "running" | "restarted";

/** Starts a process in the background, unless just this one runs already; one that is to run differently is restarted. */
export async function ensureProcess(paths: Paths, spec: ProcessSpec): Promise<Outcome> {
  const fingerprint = fingerprintOf(spec);
  const known = await readRecord(paths, spec.name);
  const alive = known !== undefined && (await isAlive(known));
  if (alive && known.fingerprint === fingerprint) return "running";
  if (alive) await stopProcess(paths, spec.name);
  for (const { address, port } of spec.listens ?? []) await requirePortFree(spec.name, address, port);
  const pid = launch(paths, spec);
  const identity = await processIdentity(pid);
  if (identity === undefined) throw new WaitError(`${spec.name} ended at once; ${await lastWords(paths, spec.name)}`);
  const record: ProcessRecord = { name: spec.name, pid, identity, fingerprint, command: spec.command };
  await mkdir(paths.pids, { recursive: true });
  await writeFile(recordFile(paths, spec.name), JSON.stringify(record));
  return alive ? "restarted" : "started";
}

function launch(paths: Paths, spec: ProcessSpec): number {
  const log = openSync(logFile(paths, spec.name), "a");
  try {
    const child = spawn(spec.command, spec.args, {
      cwd: paths.state,
      detached: true,
      env: { ...inheritedEnvironment(process.env), ...spec.env },
      stdio: ["ignore", log, log],
    });
    // Without a listener an unknown program would end this one; the missing pid is reported below.
    child.on("error", () => {});
    child.unref();
    if (child.pid === undefined) throw new WaitError(`${spec.command} cannot be started: is it installed?`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/** The environment without our own settings, which KECS would refuse as unknown ones of its own. */
export function inheritedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = (name: string) => name === "KECS_CACHE" || name.startsWith("KECS_CLUSTER_");
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours(name)));
}

/** What decides whether a running process is still the wanted one. */
export function fingerprintOf(spec: ProcessSpec): string {
  const text = JSON.stringify([spec.command, spec.args, spec.env ?? {}, spec.inputs ?? []]);
  return createHash("sha256").update(text).digest("hex");
}

/** Ends a process that was started here: TERM, then KILL after the grace time. Never touches another one's pid. */
export async function stopProcess(paths: Paths, name: string, graceMs = 10_000): Promise<boolean> {
  const record = await readRecord(paths, name);
  if (record === undefined) return false;
  const wasAlive = await isAlive(record);
  if (wasAlive) {
    signal(record.pid, "SIGTERM");
    const gone = async () => !(await isAlive(record));
    try {
      await waitFor(name, gone, { timeoutMs: graceMs, intervalMs: 50 });
    } catch (error) {
      if (!(error instanceof WaitError)) throw error;
      signal(record.pid, "SIGKILL");
      await waitFor(`the end of ${name} (pid ${record.pid})`, gone, { timeoutMs: 5000, intervalMs: 50 });
    }
  }
  await rm(recordFile(paths, name), { force: true });
  return wasAlive;
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Whether the recorded process, and not merely its pid, still exists. */
export async function isAlive(record: ProcessRecord): Promise<boolean> {
  return (await processIdentity(record.pid)) === record.identity;
}

/** The record of a process that was started here, dead or alive. */
export async function readRecord(paths: Paths, name: string): Promise<ProcessRecord | undefined> {
  try {
    return parseRecord(await readFile(recordFile(paths, name), "utf8"));
  } catch {
    return undefined;
  }
}

/** Reads a record; a damaged one counts as none, so that nothing is ever ended by mistake. */
export function parseRecord(text: string): ProcessRecord | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { name, pid, identity, fingerprint, command } = value as Partial<ProcessRecord>;
  if (!name || !pid || !Number.isInteger(pid) || pid <= 1 || !identity || !fingerprint || !command) return undefined;
  return { name, pid, identity, fingerprint, command };
}

/** All records, by name. */
export async function listRecords(paths: Paths): Promise<ProcessRecord[]> {
  const files = await readdir(paths.pids).catch(() => []);
  const records = await Promise.all(
    files.toSorted((a, b) => a.localeCompare(b)).map((file) => readRecord(paths, file.replace(/\.json$/, ""))),
  );
  return records.filter((record) => record !== undefined);
}

/** For {@link waitFor}: tells when a process has died, with the end of its log. */
export function diedOf(paths: Paths, name: string): () => Promise<string | undefined> {
  return async () => {
    const record = await readRecord(paths, name);
    if (record !== undefined && (await isAlive(record))) return undefined;
    return `${name} has ended; ${await lastWords(paths, name)}`;
  };
}

async function lastWords(paths: Paths, name: string): Promise<string> {
  const file = logFile(paths, name);
  const text = await readFile(file, "utf8").catch(() => "");
  return `the end of ${file}:\n${text.trimEnd().split("\n").slice(-8).join("\n")}`;
}

/** Where a process writes its output. */
export function logFile(paths: Paths, name: string): string {
  return join(paths.logs, `${name}.log`);
}

function recordFile(paths: Paths, name: string): string {
  return join(paths.pids, `${name}.json`);
}
