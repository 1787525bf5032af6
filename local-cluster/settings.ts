/** What one local cluster is: its folders, addresses and ports, all derived from the environment and the checkout. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

export interface Paths {
  /** The checkout. */
  root: string;
  /** Everything this cluster keeps: `.kecs` in the checkout. */
  state: string;
  /** What may be shared by all checkouts of a user: binaries and image archives. */
  cache: string;
  /** Sockets: short, because a Unix socket's path has at most 107 bytes. */
  run: string;
  pki: string;
  config: string;
  logs: string;
  pids: string;
  /** The administrator's kubeconfig. */
  kubeconfig: string;
}

export interface Ports {
  apiserver: number;
  etcdClient: number;
  etcdPeer: number;
  controllerManager: number;
  scheduler: number;
  kubelet: number;
  kubeletHealth: number;
  proxyHealth: number;
  proxyMetrics: number;
  kwok: number;
  metrics: number;
}

export interface Network {
  /** Name shared by what we make on the machine: nftables table, CNI network. */
  name: string;
  /** Portless bridge that carries the node's address. */
  nodeLink: string;
  podLink: string;
  nodeAddress: string;
  podCidr: string;
  serviceCidr: string;
  /** The `kubernetes` Service: the first address of the service range. */
  kubernetesAddress: string;
  dnsAddress: string;
}

export interface Settings {
  slot: number;
  realNode: boolean;
  kwokNodes: number;
  nodeName: string;
  /** Pods may not send anything off this machine. */
  isolated: boolean;
  /** Whether to load our own busybox and nginx; undefined: where no registry answers. */
  standIns?: boolean;
  /** A context of the user's own kubeconfig: then no cluster is started. */
  context?: string;
  paths: Paths;
  ports: Ports;
  network: Network;
}

export interface Host {
  platform: NodeJS.Platform;
  uid: number;
}

export class SettingsError extends Error {
  override name = "SettingsError";
}

const LONGEST_SOCKET_PATH = 107;

/**
 * Reads the settings.
 *
 * @param env NODES, KWOK_NODES, CONTEXT, CI, KECS_CACHE, KECS_CLUSTER_SLOT, KECS_CLUSTER_ISOLATED, KECS_CLUSTER_IMAGES
 * @throws SettingsError naming the variable and what it may be
 */
export function readSettings(root: string, env: NodeJS.ProcessEnv, host: Host): Settings {
  const slot = integer("KECS_CLUSTER_SLOT", env["KECS_CLUSTER_SLOT"], 0, 9) ?? 0;
  const nodes = readNodes(env, host);
  const paths = readPaths(root, env, host);
  if (nodes.realNode) checkSocketPath(join(paths.state, "kubelet/pod-resources/kubelet.sock"));
  const context = env["CONTEXT"];
  const standIns = flag("KECS_CLUSTER_IMAGES", env["KECS_CLUSTER_IMAGES"]);
  return {
    slot,
    ...nodes,
    nodeName: "kecs-node",
    isolated: flag("KECS_CLUSTER_ISOLATED", env["KECS_CLUSTER_ISOLATED"]) ?? flag("CI", env["CI"]) ?? false,
    ...(standIns === undefined ? {} : { standIns }),
    ...(context ? { context } : {}),
    paths,
    ports: readPorts(slot, nodes.realNode),
    network: readNetwork(slot, nodes.realNode),
  };
}

/** The same checkout's settings as they were for an earlier start. */
export function withStart(settings: Settings, start: { slot: number; realNode: boolean }): Settings {
  const { slot, realNode } = start;
  return { ...settings, ...start, ports: readPorts(slot, realNode), network: readNetwork(slot, realNode) };
}

function readNodes(env: NodeJS.ProcessEnv, host: Host): { realNode: boolean; kwokNodes: number } {
  const possible = host.platform === "linux" && host.uid === 0;
  const wanted = (env["NODES"] || (possible ? "real" : "kwok")).split(",").map((kind) => kind.trim());
  const unknown = wanted.find((kind) => kind !== "real" && kind !== "kwok");
  if (unknown !== undefined) {
    throw new SettingsError(`NODES=${unknown}: node kinds are real, kwok, or both as real,kwok`);
  }
  const realNode = wanted.includes("real");
  if (realNode && !possible) {
    throw new SettingsError("NODES=real needs Linux and root; use NODES=kwok for simulated nodes");
  }
  const count = integer("KWOK_NODES", env["KWOK_NODES"], 0, 5000);
  return { realNode, kwokNodes: count ?? (wanted.includes("kwok") ? 1 : 0) };
}

function readPaths(root: string, env: NodeJS.ProcessEnv, host: Host): Paths {
  const state = join(root, ".kecs");
  const id = createHash("sha256").update(state).digest("hex").slice(0, 8);
  const userCache = env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache");
  return {
    root,
    state,
    cache: env["KECS_CACHE"] || join(userCache, "kecs"),
    run: host.uid === 0 && host.platform === "linux" ? `/run/kecs/${id}` : join(state, "run"),
    pki: join(state, "pki"),
    config: join(state, "config"),
    logs: join(state, "logs"),
    pids: join(state, "pids"),
    kubeconfig: join(state, "kubeconfig"),
  };
}

/** Every listening port, chosen beside the usual ones so that another Kubernetes can run on the machine. */
function readPorts(slot: number, realNode: boolean): Ports {
  const base = 12000 + slot * 1000;
  return {
    // The node's own address can have the usual port; the shared loopback address can not.
    apiserver: realNode ? 6443 : base + 443,
    etcdClient: base + 379,
    etcdPeer: base + 380,
    controllerManager: base + 257,
    scheduler: base + 259,
    kubelet: 10250,
    kubeletHealth: base + 248,
    proxyHealth: base + 256,
    proxyMetrics: base + 249,
    kwok: base + 247,
    metrics: base + 442,
  };
}

function readNetwork(slot: number, realNode: boolean): Network {
  const part = slot * 16;
  return {
    name: `kecs${slot}`,
    nodeLink: `kecs${slot}`,
    podLink: `kecscni${slot}`,
    nodeAddress: realNode ? `10.250.${slot + 1}.1` : "127.0.0.1",
    podCidr: `10.245.${part}.0/20`,
    serviceCidr: `10.97.${part}.0/20`,
    kubernetesAddress: `10.97.${part}.1`,
    dnsAddress: `10.97.${part}.10`,
  };
}

function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return;
  throw new SettingsError(
    `the checkout's path is too long for the kubelet's socket (${path}: over ${LONGEST_SOCKET_PATH} bytes); move it, or use NODES=kwok`,
  );
}

function integer(name: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SettingsError(`${name}=${text}: must be a whole number from ${least} to ${most}`);
}

function flag(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  throw new SettingsError(`${name}=${text}: must be 1, 0, true or false`);
}
