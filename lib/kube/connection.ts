/**
 * Where the API server is and how to prove who we are: client-node's KubeConfig reads kubeconfig files, contexts,
 * service accounts (whose token changes while we run) and credential plugins; we keep the sockets.
 */
import { createHash } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { KubeConfig } from "./kube-config.ts";

export interface ConnectionOptions {
  /** Path of a kubeconfig; else `KUBECONFIG`, `~/.kube/config`, or the Pod's service account. */
  kubeconfig?: string | undefined;
  /** Context in it; else its current one. */
  context?: string | undefined;
}

/** What one request needs besides its own content. */
export interface Credentials {
  headers: http.OutgoingHttpHeaders;
  /** For requests: keeps connections for the next one. */
  agent: http.Agent;
  /** For watches: a connection each, none kept. */
  watchAgent: http.Agent;
}

export interface Connection {
  /** Base URL without a trailing slash. */
  readonly server: string;
  /** Namespace of the kubeconfig's context, where it names one. */
  readonly defaultNamespace: string | undefined;
  /** Current credentials; read anew when older than half a minute, or at once with `fresh`. */
  credentials(fresh?: boolean): Promise<Credentials>;
  /** Closes idle connections. */
  close(): void;
}

/** The context that client-node makes up, for localhost:8080, when it has found no configuration. */
const NOTHING_FOUND = "loaded-context";
/** How long credentials are reused: files are read and tokens renewed this often. */
const CREDENTIALS_MS = 30_000;
/** Must stay below the API server's 90 s for idle connections, or a request may meet a closing one. */
const IDLE_SOCKET_MS = 60_000;
const MAX_SOCKETS = 64;
/** TCP keep-alive: a peer that vanished is noticed within a minute, also on a silent watch. */
const TCP_KEEP_ALIVE_MS = 30_000;

/**
 * Reads the configuration; connects to nothing yet.
 * @throws Error naming the file and context when there is no usable one.
 */
export function openConnection(options: ConnectionOptions = {}): Connection {
  const config = loadKubeConfig(options);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`kubeconfig: context "${config.getCurrentContext()}" names no cluster`);
  const server = cluster.server.replace(/\/+$/, "");
  let agents: { fingerprint: string; agent: http.Agent; watchAgent: http.Agent } | undefined;
  let cached: { at: number; credentials: Credentials } | undefined;

  async function load(): Promise<Credentials> {
    const applied: https.RequestOptions = {};
    await config.applyToHTTPSOptions(applied);
    const headers = { ...(applied.headers as http.OutgoingHttpHeaders | undefined) };
    if (applied.auth) headers.authorization = `Basic ${Buffer.from(applied.auth).toString("base64")}`;
    if (cluster?.proxyUrl) {
      // client-node has built the right proxy agent; it knows three sorts of proxies, and we need not.
      const agent = applied.agent as http.Agent;
      return { headers, agent, watchAgent: agent };
    }
    const fingerprint = tlsFingerprint(applied);
    if (agents?.fingerprint !== fingerprint) {
      agents?.agent.destroy();
      agents = { fingerprint, ...makeAgents(server, applied) };
    }
    return { headers, agent: agents.agent, watchAgent: agents.watchAgent };
  }

  return {
    server,
    defaultNamespace: config.getContextObject(config.getCurrentContext())?.namespace,
    async credentials(fresh = false) {
      if (!fresh && cached && performance.now() - cached.at < CREDENTIALS_MS) return cached.credentials;
      const credentials = await load();
      cached = { at: performance.now(), credentials };
      return credentials;
    },
    close() {
      agents?.agent.destroy();
    },
  };
}

function loadKubeConfig(options: ConnectionOptions): KubeConfig {
  const config = new KubeConfig();
  try {
    if (options.kubeconfig) config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new Error(`cannot read the kubeconfig ${options.kubeconfig ?? ""}: ${(error as Error).message}`.trim(), {
      cause: error,
    });
  }
  if (config.getCurrentContext() === NOTHING_FOUND) {
    throw new Error("no kubeconfig (KUBECONFIG, ~/.kube/config) and no Pod's service account: which cluster is meant?");
  }
  if (options.context !== undefined) {
    if (!config.getContextObject(options.context)) {
      const known = config.getContexts().map((context) => context.name);
      throw new Error(`kubeconfig has no context "${options.context}"; it has ${known.join(", ") || "none"}`);
    }
    config.setCurrentContext(options.context);
  }
  return config;
}

const tlsMembers = ["ca", "cert", "key", "pfx", "passphrase", "rejectUnauthorized", "servername"] as const;

/** Changes exactly when the agents must be made anew, as after a rotated client certificate. */
function tlsFingerprint(applied: https.RequestOptions): string {
  const hash = createHash("sha256");
  for (const member of tlsMembers) hash.update(`${member}=${JSON.stringify(applied[member])};`);
  return hash.digest("hex");
}

function makeAgents(server: string, applied: https.RequestOptions): { agent: http.Agent; watchAgent: http.Agent } {
  const pooled = {
    keepAlive: true,
    keepAliveMsecs: TCP_KEEP_ALIVE_MS,
    maxSockets: MAX_SOCKETS,
    timeout: IDLE_SOCKET_MS,
  };
  if (server.startsWith("http:")) return { agent: new http.Agent(pooled), watchAgent: new http.Agent() };
  const tls: https.AgentOptions = {};
  for (const member of tlsMembers) if (applied[member] !== undefined) Object.assign(tls, { [member]: applied[member] });
  return { agent: new https.Agent({ ...tls, ...pooled }), watchAgent: new https.Agent(tls) };
}
