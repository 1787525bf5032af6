/**
 * A Kubernetes API of one's own: etcd and kube-apiserver on loopback, for tests that kill and pause them or want a
 * cluster in which nothing else moves. There are no controllers, so Deployments make no Pods, and no nodes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBinaries } from "../../local-cluster/binaries.ts";
import { readSettings } from "../../local-cluster/settings.ts";
import { createKubeClient, type KubeClient } from "#lib/kube/client.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { eventually } from "../support/wait.ts";
import { makePki, writeKubeconfig } from "./control-plane-pki.ts";

const START_MS = 60_000;
const STOP_MS = 10_000;

interface Programs {
  etcd: string;
  apiserver: string;
}

/** The programs of the local cluster, or those in the folder that `KECS_CONTROL_PLANE_BIN` names. */
async function programs(): Promise<Programs> {
  const folder = process.env["KECS_CONTROL_PLANE_BIN"];
  if (folder) return { etcd: join(folder, "etcd"), apiserver: join(folder, "kube-apiserver") };
  const root = join(import.meta.dirname, "../..");
  const { paths } = readSettings(root, process.env, { platform: process.platform, uid: process.getuid?.() ?? -1 });
  const built = await ensureBinaries(paths, ["etcd", "kube-apiserver"]);
  return { etcd: built.etcd ?? "", apiserver: built["kube-apiserver"] ?? "" };
}

export class ControlPlane {
  /** Path of a kubeconfig for its administrator. */
  readonly kubeconfig: string;
  private readonly folder: string;
  private readonly programs: Programs;
  private readonly ports: { etcd: number; peer: number; apiserver: number };
  private restartRules = true;
  private etcd: ChildProcess | undefined;
  private apiserver: ChildProcess | undefined;

  private constructor(folder: string, found: Programs, ports: { etcd: number; peer: number; apiserver: number }) {
    this.folder = folder;
    this.programs = found;
    this.ports = ports;
    this.kubeconfig = join(folder, "kubeconfig");
    process.once("exit", this.killAll);
  }

  /**
   * Starts one; ready to serve when this resolves. Takes some five seconds.
   * @param options `restartRules`: as Kubernetes is by default from 1.35 on; off, as 1.34 is
   */
  static async start({ restartRules = true } = {}): Promise<ControlPlane> {
    const found = await programs();
    const folder = await mkdtemp(join(tmpdir(), "kecs-control-plane-"));
    const [etcd = 0, peer = 0, apiserver = 0] = await freePorts(3);
    const plane = new ControlPlane(folder, found, { etcd, peer, apiserver });
    plane.restartRules = restartRules;
    try {
      await makePki(folder);
      await writeKubeconfig(folder, `https://127.0.0.1:${apiserver}`);
      await plane.startEtcd();
      await plane.startApiserver();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  client(): KubeClient {
    return createKubeClient({ kubeconfig: this.kubeconfig });
  }

  async startApiserver(): Promise<void> {
    const pki = (name: string): string => join(this.folder, name);
    this.apiserver = this.launch("kube-apiserver", this.programs.apiserver, [
      `--etcd-servers=http://127.0.0.1:${this.ports.etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.ports.apiserver}`,
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--tls-cert-file=${pki("server.crt")}`,
      `--tls-private-key-file=${pki("server.key")}`,
      `--client-ca-file=${pki("ca.crt")}`,
      "--authorization-mode=RBAC",
      "--allow-privileged=true", // as clusters that run containers have it
      // Pods would wait for service accounts that nobody makes here.
      "--disable-admission-plugins=ServiceAccount",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-signing-key-file=${pki("sa.key")}`,
      `--service-account-key-file=${pki("sa.key")}`,
      "--etcd-compaction-interval=0",
      `--feature-gates=ContainerRestartRules=${this.restartRules}`,
      "--profiling=false",
    ]);
    const client = this.client();
    try {
      await eventually(
        "the API server is ready",
        async () => {
          if (this.apiserver?.exitCode !== null) throw new Error(await this.lastLines("kube-apiserver"));
          await client.getPath("/api/v1/namespaces/default", { timeoutMs: 2_000 });
          // Until all custom kinds are served it answers 503 for unknown ones, then 404.
          const unknown = client.getPath("/apis/none.kecs.io/v1", { timeoutMs: 2_000 });
          return unknown.then(() => false, isNotFound);
        },
        START_MS,
      );
    } finally {
      client.close();
    }
  }

  /** kill -9. */
  async killApiserver(): Promise<void> {
    await end(this.apiserver, "SIGKILL");
  }

  /** Holds the API server still (SIGSTOP): connections stay open and silent once this resolves. */
  async pauseApiserver(): Promise<void> {
    const pid = this.apiserver?.pid;
    if (pid === undefined) throw new Error("there is no API server to hold still");
    process.kill(pid, "SIGSTOP");
    // On a busy machine its threads go on for a moment.
    await eventually("all threads of the API server are stopped", () => isStopped(pid), 10_000, 5);
  }

  resumeApiserver(): void {
    this.apiserver?.kill("SIGCONT");
  }

  /** Makes etcd forget everything before the present, as it does by itself every few minutes elsewhere. */
  async compact(): Promise<void> {
    const status = await this.askEtcd<{ header: { revision: string } }>("/v3/maintenance/status", {});
    await this.askEtcd("/v3/kv/compaction", { revision: status.header.revision, physical: true });
  }

  /** Ends it and removes all it kept. */
  async stop(): Promise<void> {
    this.resumeApiserver();
    await end(this.apiserver, "SIGKILL");
    await end(this.etcd, "SIGKILL");
    process.removeListener("exit", this.killAll);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async startEtcd(): Promise<void> {
    const client = `http://127.0.0.1:${this.ports.etcd}`;
    const peer = `http://127.0.0.1:${this.ports.peer}`;
    this.etcd = this.launch("etcd", this.programs.etcd, [
      "--name=test",
      `--data-dir=${join(this.folder, "etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
      "--unsafe-no-fsync", // its data need not outlive the test
      "--log-level=warn",
    ]);
    await eventually("etcd is healthy", async () => (await fetch(`${client}/health`)).ok, START_MS, 50);
  }

  private launch(name: string, program: string, args: string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(join(this.folder, `${name}.log`), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.once("error", (error) => log.end(`${error.message}\n`));
    child.once("close", () => log.end());
    return child;
  }

  private async lastLines(name: string): Promise<string> {
    const text = await readFile(join(this.folder, `${name}.log`), "utf8");
    return text.trimEnd().split("\n").slice(-5).join("\n");
  }

  private async askEtcd<T>(path: string, body: object): Promise<T> {
    const url = `http://127.0.0.1:${this.ports.etcd}${path}`;
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  private readonly killAll = (): void => {
    this.apiserver?.kill("SIGKILL");
    this.etcd?.kill("SIGKILL");
  };
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit", { signal: AbortSignal.timeout(STOP_MS) });
  child.kill(signal);
  await exited;
}

/** Ports that are free now: held together, so that they differ, and then let go. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Whether a process's threads are all stopped (state T of `/proc/<pid>/task/<tid>/stat`, after the name in brackets). */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    }),
  );
  return states.every((state) => state === "T");
}
