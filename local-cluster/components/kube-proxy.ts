import { join } from "node:path";
import { stringify } from "yaml";
import { binary } from "../binaries.ts";
import { attempt } from "../command.ts";
import { writeIfChanged } from "../files.ts";
import { clientKubeconfig } from "../pki.ts";
import { diedOf, ensureProcess, readRecord } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

const NAME = "kube-proxy";

/** Starts kube-proxy and waits until the `kubernetes` Service answers on its ClusterIP. */
export async function startProxy({ settings, binaries }: Cluster): Promise<void> {
  const { paths, ports, network } = settings;
  await requireOnlyProxy(settings);
  const config = stringify(proxyConfig(settings));
  await writeIfChanged(configFile(settings), config);
  await ensureProcess(paths, {
    name: NAME,
    command: binary(binaries, NAME),
    args: [`--config=${configFile(settings)}`],
    inputs: [config],
    listens: [
      { address: "127.0.0.1", port: ports.proxyHealth },
      { address: "127.0.0.1", port: ports.proxyMetrics },
    ],
  });
  const serves = () => answers(`https://${network.kubernetesAddress}/version`);
  await waitFor(NAME, serves, { timeoutMs: 30_000, hopeless: diedOf(paths, NAME) });
}

/** Two kube-proxies would overwrite each other's rules: their nftables table has one name for all. */
async function requireOnlyProxy({ paths }: Settings): Promise<void> {
  const ours = (await readRecord(paths, NAME))?.pid;
  const pids =
    (await attempt("pgrep", ["--ns", String(process.pid), "--nslist", "net", "-x", NAME]))?.trim().split("\n") ?? [];
  const other = pids.find((pid) => Number(pid) !== ours);
  if (other === undefined) return;
  throw new Error(
    `another kube-proxy (process ${other}) runs on this machine: end its cluster first, or use NODES=kwok here`,
  );
}

function configFile({ paths }: Settings): string {
  return join(paths.config, "kube-proxy.yaml");
}

/** Removes kube-proxy's own nftables tables, once it has ended. */
export async function removeProxyRules(): Promise<void> {
  for (const family of ["ip", "ip6"]) await attempt("nft", ["delete", "table", family, "kube-proxy"]);
}

function proxyConfig(settings: Settings): object {
  const { ports, network, nodeName } = settings;
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clientConnection: { kubeconfig: clientKubeconfig(settings, "proxy") },
    clusterCIDR: network.podCidr,
    hostnameOverride: nodeName,
    bindAddress: network.nodeAddress,
    healthzBindAddress: `127.0.0.1:${ports.proxyHealth}`,
    metricsBindAddress: `127.0.0.1:${ports.proxyMetrics}`,
    oomScoreAdj: 0,
    // Zero leaves the machine's connection tracking settings alone.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
}
