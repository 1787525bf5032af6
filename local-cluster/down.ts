/** `make down`: ends what `make up` started and takes its traces off the machine. */
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeCgroups } from "./cgroups.ts";
import { attempt } from "./command.ts";
import { containerdSocket, ctr } from "./components/containerd.ts";
import { removeProxyRules } from "./components/kube-proxy.ts";
import { lastStart } from "./last-start.ts";
import { leaveMachine, lowerNetwork } from "./network.ts";
import { isAlive, listRecords, readRecord, stopProcess } from "./processes.ts";
import { processIdentity } from "./process-identity.ts";
import { say, step } from "./report.ts";
import { withStart, type Paths, type Settings } from "./settings.ts";
import { waitFor, WaitError } from "./wait.ts";

/** Those that make work for others end first: nothing is to be started again behind our back. */
const ORDER = ["agent", "gateway", "operator", "kubelet", "kwok"];
const CONTROL_PLANE = ["kube-proxy", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd"];

/** Ends everything that was started; state stays. Fine when nothing runs. */
export async function down(current: Settings): Promise<void> {
  const { paths } = current;
  const last = await lastStart(paths);
  const settings = last === undefined ? current : withStart(current, last);
  const hadProxy = (await readRecord(paths, "kube-proxy")) !== undefined;
  for (const name of ORDER) await stop(paths, name);
  const onLinuxAsRoot = process.platform === "linux" && process.getuid?.() === 0;
  if (onLinuxAsRoot) await stopContainers(settings);
  await stop(paths, "containerd");
  for (const name of CONTROL_PLANE) await stop(paths, name);
  for (const record of await listRecords(paths)) await stop(paths, record.name);
  if (!onLinuxAsRoot) return;
  await step("machine tidied", async () => {
    await unmountAll(paths.state);
    if (hadProxy) await removeProxyRules();
    await lowerNetwork(settings);
    await removeCgroups(settings.network.name);
    await removeKubeletSocket();
    await leaveMachine(settings);
  });
}

/** Ends everything and forgets all state. */
export async function reset(settings: Settings): Promise<void> {
  await down(settings);
  const left = await mountsUnder(settings.paths.state);
  if (left.length > 0) throw new Error(`still mounted, nothing removed: ${left.join(", ")}`);
  const keep = new Set(["env", "lock"]);
  for (const entry of await readdir(settings.paths.state).catch(() => [])) {
    if (!keep.has(entry)) await rm(join(settings.paths.state, entry), { recursive: true, force: true });
  }
  say("state dropped");
}

async function stop(paths: Paths, name: string): Promise<void> {
  if ((await readRecord(paths, name)) === undefined) return;
  await step(`${name} stopped`, () => stopProcess(paths, name));
}

/**
 * Ends all containers but keeps containerd's record of them: a kubelet that starts later sees that they have
 * ended, and so fails Pods that are never to be restarted.
 */
async function stopContainers(settings: Settings): Promise<void> {
  const record = await readRecord(settings.paths, "containerd");
  if (record !== undefined && (await isAlive(record))) {
    await step("containers stopped", async () => {
      await signalTasks(settings, "SIGTERM");
      if (!(await tasksEnd(settings, 3000))) {
        await signalTasks(settings, "SIGKILL");
        await tasksEnd(settings, 10_000);
      }
    });
  }
  await killShims(containerdSocket(settings));
}

async function signalTasks(settings: Settings, signal: string): Promise<void> {
  const tasks = await runningTasks(settings);
  await Promise.all(
    tasks.map((task) => ctr(settings, ["tasks", "kill", "--all", "--signal", signal, task]).catch(() => "")),
  );
}

async function tasksEnd(settings: Settings, timeoutMs: number): Promise<boolean> {
  try {
    await waitFor("the end of all containers", async () => (await runningTasks(settings)).length === 0, { timeoutMs });
    return true;
  } catch (error) {
    if (error instanceof WaitError) return false;
    throw error;
  }
}

async function runningTasks(settings: Settings): Promise<string[]> {
  const listing = await ctr(settings, ["tasks", "list"]).catch(() => "");
  const rows = listing.split("\n").slice(1);
  return rows.map((row) => row.split(/\s+/)).flatMap(([id, , status]) => (id && status !== "STOPPED" ? [id] : []));
}

/** Ends the shims that belong to our containerd, known by the socket on their command line. */
async function killShims(socket: string): Promise<void> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const command = (await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")).split("\0");
    const isOurs = command[0]?.includes("containerd-shim") && command.includes(socket);
    if (isOurs && (await processIdentity(Number(entry)))) process.kill(Number(entry), "SIGKILL");
  }
}

async function unmountAll(folder: string): Promise<void> {
  // Mounts can lie on top of each other, so look again until none is left.
  for (let pass = 0; pass < 5; pass += 1) {
    const mounts = await mountsUnder(folder);
    if (mounts.length === 0) return;
    for (const mount of mounts) await attempt("umount", ["-l", mount]);
  }
}

async function mountsUnder(folder: string): Promise<string[]> {
  const mounts = await readFile("/proc/self/mounts", "utf8").catch(() => "");
  return parseMounts(mounts, folder);
}

/** Mount points under a folder, innermost first; proc(5) writes spaces in octal. */
export function parseMounts(mounts: string, folder: string): string[] {
  const points = mounts.split("\n").map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "));
  return points
    .filter((point) => point.startsWith(`${folder}/`))
    .sort()
    .reverse();
}

/** The kubelet puts its device plugin socket here whatever its root is; not ours to remove if another kubelet lives here. */
async function removeKubeletSocket(): Promise<void> {
  const folder = "/var/lib/kubelet";
  const entries = await readdir(folder).catch(() => []);
  if (entries.length === 1 && entries[0] === "device-plugins") await rm(folder, { recursive: true });
}
