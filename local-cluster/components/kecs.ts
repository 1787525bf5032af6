/** KECS itself: custom resource definitions, operator, gateway and agent. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { kubectl } from "../kubectl.ts";
import { diedOf, ensureProcess, inheritedEnvironment } from "../processes.ts";
import { say, step } from "../report.ts";
import type { Settings } from "../settings.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

const NAMESPACE = "kecs-system";
const LOOPBACK = "127.0.0.1";
/** Folders whose change means that a running part is out of date. */
const SOURCES = ["agent", "api-gateway", "lib", "logs", "model", "operator", "projector", "sql", "package-lock.json"];

interface Part {
  name: string;
  entry: string;
  /** Port of its health answers: variable that sets it, and default. */
  health: [variable: string, port: number];
  /** The other ports it listens on. */
  ports: [variable: string, port: number][];
  /** Address of those; loopback unless said. */
  address?: (settings: Settings) => string;
  /** Settings that it has besides those of all parts. */
  env?: (settings: Settings) => Record<string, string>;
  /** Whether it can be of use here. */
  wanted?: (settings: Settings) => boolean;
}

const AGENT_PORT: [variable: string, port: number] = ["KECS_AGENT_PORT", 8083];

/** Containers reach the agent where they reach their node; simulated ones and those elsewhere cannot. */
const hasAgent = ({ realNode, context }: Settings): boolean => realNode && context === undefined;
const agentUrl = ({ network }: Settings): string => `http://${network.nodeAddress}:${portOf(AGENT_PORT)}`;

const PARTS: Part[] = [
  {
    name: "operator",
    entry: "operator/main.ts",
    health: ["KECS_OPERATOR_ADMIN_PORT", 8082],
    ports: [],
    env: (settings) => ({
      ...(hasAgent(settings) && { KECS_AGENT_URL: agentUrl(settings) }),
      // Its CoreDNS imports what is there.
      ...(settings.context === undefined && { KECS_DNS_CONFIG_MAP: "kube-system/coredns-custom" }),
    }),
  },
  {
    name: "gateway",
    entry: "api-gateway/main.ts",
    health: ["KECS_ADMIN_PORT", 8081],
    ports: [["KECS_PORT", 8080]],
  },
  {
    name: "agent",
    entry: "agent/main.ts",
    health: ["KECS_AGENT_ADMIN_PORT", 8084],
    ports: [AGENT_PORT],
    address: ({ network }) => network.nodeAddress,
    env: ({ network }) => ({ KECS_AGENT_HOST: network.nodeAddress, KECS_GATEWAY_URL: endpoint() }),
    wanted: hasAgent,
  },
];

/** Installs the custom resource definitions and waits until the API server serves them. */
export async function installResources(cluster: Cluster): Promise<void> {
  const folder = join(cluster.settings.paths.root, "crds");
  await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", folder]);
  await kubectl(cluster, ["wait", "--for=condition=Established", "--timeout=60s", "-f", folder]);
  const namespace = JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await kubectl(cluster, ["apply", "--server-side", "-f", "-"], namespace);
}

/** Starts operator, gateway and agent, or those of them whose sources have changed, and waits until they are ready. */
export async function startParts({ settings }: Cluster): Promise<void> {
  const sources = await fingerprintSources(settings.paths.root);
  const parts = PARTS.filter((part) => {
    const there = existsSync(join(settings.paths.root, part.entry));
    if (!there) say(`${part.name}: ${part.entry} is not in this checkout, skipped`);
    return there && (part.wanted?.(settings) ?? true);
  });
  for (const part of parts) await startPart(settings, part, sources);
  for (const part of parts) await step(`${part.name} ready`, () => partReady(settings, part));
}

async function startPart(settings: Settings, part: Part, sources: string): Promise<void> {
  const { paths } = settings;
  await ensureProcess(paths, {
    name: part.name,
    command: process.execPath,
    args: [join(paths.root, part.entry)],
    env: { ...partEnvironment(settings), ...part.env?.(settings) },
    inputs: [sources, ...configuration()],
    listens: [
      { address: LOOPBACK, port: portOf(part.health) },
      ...part.ports.map((port) => ({ address: part.address?.(settings) ?? LOOPBACK, port: portOf(port) })),
    ],
  });
}

function partEnvironment(settings: Settings): Record<string, string> {
  const { paths, context } = settings;
  return {
    KECS_DATA_DIR: join(paths.state, "data"),
    // A start takes half as long, and what strips types off is not even loaded. Node notices changed sources.
    NODE_COMPILE_CACHE: join(paths.cache, "compile-cache"),
    // As in the image: with an arena for each thread, the C library keeps more of what was freed.
    MALLOC_ARENA_MAX: "2",
    KECS_IMAGE_RESOLUTION: process.env["KECS_IMAGE_RESOLUTION"] || askedRegistries(settings),
    ...(context === undefined ? { KUBECONFIG: paths.kubeconfig } : { KECS_CONTEXT: context }),
  };
}

/** Nothing outside is asked on an isolated machine, nor what our stand-ins' names mean elsewhere. */
export function askedRegistries({ isolated, standIns, context }: Settings): string {
  return context === undefined && (isolated || standIns === true) ? "localhost,127.0.0.1" : "all";
}

/** KECS's settings in the environment: with others it is to be started anew. */
function configuration(): string[] {
  const entries = Object.entries(inheritedEnvironment(process.env));
  return entries.flatMap(([name, value]) => (name.startsWith("KECS_") ? `${name}=${value}` : [])).sort();
}

function portOf([variable, port]: [variable: string, port: number]): number {
  return Number(process.env[variable] || port);
}

async function partReady({ paths }: Settings, part: Part): Promise<void> {
  const url = `http://127.0.0.1:${portOf(part.health)}/health/ready`;
  await waitFor(part.name, () => answers(url), { timeoutMs: 60_000, hopeless: diedOf(paths, part.name) });
}

/** Where the API listens. */
export function endpoint(): string {
  return `http://127.0.0.1:${portOf(["KECS_PORT", 8080])}`;
}

async function fingerprintSources(root: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of SOURCES) {
    const path = join(root, name);
    const entries = await readdir(path, { recursive: true }).catch(() => [""]);
    for (const entry of entries.filter((entry) => !entry.endsWith(".test.ts")).sort()) {
      const { size, mtimeMs, isFile } = await describe(join(path, entry));
      if (isFile) hash.update(`${name}/${entry} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

async function describe(path: string): Promise<{ size: number; mtimeMs: number; isFile: boolean }> {
  const found = await stat(path).catch(() => undefined);
  return { size: found?.size ?? 0, mtimeMs: found?.mtimeMs ?? 0, isFile: found?.isFile() ?? false };
}
