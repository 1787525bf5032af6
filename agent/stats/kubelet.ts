import https from "node:https";
import type { Connection } from "#lib/kube/connection.ts";
import type { Node } from "#lib/kube/resources.ts";

/** The part of the kubelet's summary that is read here. */
export interface Summary {
  readonly node?: { readonly startTime?: string };
  readonly pods?: readonly PodSummary[];
}

export interface PodSummary {
  readonly podRef: { readonly uid: string };
  readonly containers?: readonly ContainerSummary[];
  readonly network?: { readonly time?: string; readonly interfaces?: readonly InterfaceSummary[] };
}

export interface ContainerSummary {
  readonly name: string;
  readonly cpu?: { readonly time?: string; readonly usageCoreNanoSeconds?: number };
  readonly memory?: {
    readonly usageBytes?: number;
    readonly workingSetBytes?: number;
    readonly rssBytes?: number;
    readonly pageFaults?: number;
    readonly majorPageFaults?: number;
  };
}

export interface InterfaceSummary {
  readonly name: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

const TIMEOUT_MS = 3_000;
/** A node of 250 Pods answers with less than a megabyte. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface KubeletOptions {
  readonly connection: Connection;
  /** False: the kubelet's certificate is not checked, as where it is signed by itself. */
  readonly verify: boolean;
}

/**
 * What the kubelet of a node says its containers use. It is asked directly: that needs `get` of `nodes/stats` only,
 * where the API server's proxy would need `nodes/proxy`, with which one can run commands in any container.
 * @throws Error where the kubelet does not answer so.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
export async function readSummary(node: Node, { connection, verify }: KubeletOptions): Promise<Summary> {
  const { addresses = [], daemonEndpoints } = node.status ?? {};
  const host = addresses.find(({ type }) => type === "InternalIP")?.address;
  const port = daemonEndpoints?.kubeletEndpoint?.Port;
  if (host === undefined || port === undefined) throw new Error("the node does not say where its kubelet is");
  const { headers, agent } = await connection.credentials();
  return new Promise((resolve, reject) => {
    const request = https.request({
      host,
      port,
      path: "/stats/summary",
      headers: { ...headers, accept: "application/json" },
      // Of a plain connection to the API server there are no certificates to take over.
      ...(agent instanceof https.Agent && { agent }),
      rejectUnauthorized: verify,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("error", reject);
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) request.destroy(new Error("the kubelet's answer is too long"));
        else chunks.push(chunk);
      });
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode === 200) resolve(parse(text));
        else reject(new Error(`the kubelet answered ${response.statusCode}: ${text.slice(0, 200)}`));
      });
    });
    request.end();
  });
}

function parse(text: string): Summary {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}
