import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { binary } from "../binaries.ts";
import { kubectl } from "../kubectl.ts";
import { clientKubeconfig } from "../pki.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

const NAME = "metrics-server";
const API_SERVICE = "v1beta1.metrics.k8s.io";

/** Starts metrics-server, which measures what Pods use for HorizontalPodAutoscalers, and adds its API to the cluster's. */
export async function startMetrics(cluster: Cluster): Promise<void> {
  const { settings, binaries } = cluster;
  const { paths, ports, network } = settings;
  await ensureProcess(paths, {
    name: NAME,
    command: binary(binaries, NAME),
    args: metricsFlags(settings),
    listens: [{ address: network.nodeAddress, port: ports.metrics }],
  });
  const up = () => answers(`https://${network.nodeAddress}:${ports.metrics}/livez`);
  await waitFor(NAME, up, { timeoutMs: 60_000, hopeless: diedOf(paths, NAME) });
  const ca = await readFile(join(paths.pki, "ca.crt"));
  await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", "-"], renderMetricsApi(settings, ca));
}

/** An API without a server would keep namespaces from being deleted: their content could not be listed. */
export async function removeMetricsApi(cluster: Cluster): Promise<void> {
  await kubectl(cluster, ["delete", "apiservice", API_SERVICE, "--ignore-not-found"]);
}

function metricsFlags(settings: Settings): string[] {
  const { network, ports, paths } = settings;
  const pki = (file: string) => join(paths.pki, file);
  const kubeconfig = clientKubeconfig(settings, NAME);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${network.nodeAddress}`,
    `--secure-port=${ports.metrics}`,
    `--tls-cert-file=${pki(`${NAME}.crt`)}`,
    `--tls-private-key-file=${pki(`${NAME}.key`)}`,
    `--kubelet-certificate-authority=${pki("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    // Simulated nodes have nothing to measure.
    "--node-selector=kecs.io/node-kind=real",
    "--metric-resolution=15s",
  ];
}

/** Where the API server finds the API: a Service without Pods, for metrics-server runs beside them. */
export function renderMetricsApi({ network, ports }: Settings, ca: Buffer): string {
  const metadata = { name: NAME, namespace: "kube-system" };
  const items = [
    { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 443, targetPort: ports.metrics }] } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": NAME } },
      addressType: "IPv4",
      ports: [{ port: ports.metrics }],
      endpoints: [{ addresses: [network.nodeAddress], conditions: { ready: true } }],
    },
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: API_SERVICE },
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...metadata, port: 443 },
        caBundle: ca.toString("base64"),
      },
    },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
