import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { binary } from "../binaries.ts";
import { cgroupRoot, raiseCgroups } from "../cgroups.ts";
import { writeIfChanged } from "../files.ts";
import { kubectl } from "../kubectl.ts";
import { clientKubeconfig } from "../pki.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";
import { containerdSocket } from "./containerd.ts";

/** Starts the kubelet on containerd and waits until its node is Ready. */
export async function startKubelet(cluster: Cluster): Promise<void> {
  const { settings, binaries } = cluster;
  const { paths, ports, network, nodeName } = settings;
  for (const folder of ["volume-plugins", "pod-logs", "kubelet"])
    await mkdir(join(paths.state, folder), { recursive: true });
  await raiseCgroups(network.name);
  await writeIfChanged(resolvConf(settings), await nodeResolvConf(settings.isolated));
  const config = stringify(kubeletConfig(settings));
  const file = join(paths.config, "kubelet.yaml");
  await writeIfChanged(file, config);
  await ensureProcess(paths, {
    name: "kubelet",
    command: binary(binaries, "kubelet"),
    args: [
      `--config=${file}`,
      `--kubeconfig=${clientKubeconfig(settings, "node")}`,
      `--root-dir=${join(paths.state, "kubelet")}`,
      `--cert-dir=${join(paths.state, "kubelet/pki")}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${network.nodeAddress}`,
      "--node-labels=kecs.io/node-kind=real",
    ],
    inputs: [config],
    listens: [
      { address: network.nodeAddress, port: ports.kubelet },
      { address: "127.0.0.1", port: ports.kubeletHealth },
    ],
  });
  const ready = async () => {
    const path = '{.status.conditions[?(@.type=="Ready")].status}';
    return (
      (await kubectl(cluster, ["get", "node", nodeName, "--ignore-not-found", "-o", `jsonpath=${path}`])) === "True"
    );
  };
  await waitFor(`node ${nodeName}`, ready, { timeoutMs: 90_000, intervalMs: 200, hopeless: diedOf(paths, "kubelet") });
}

function resolvConf({ paths }: Settings): string {
  return join(paths.config, "resolv.conf");
}

/** Name servers for CoreDNS and for Pods with dnsPolicy Default: the machine's, unless nothing outside may be asked. */
async function nodeResolvConf(isolated: boolean): Promise<string> {
  if (isolated) return "nameserver 127.0.0.1\n";
  // systemd-resolved listens on a loopback address that a Pod cannot reach; it keeps the real list here.
  for (const file of ["/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"]) {
    const text = await readFile(file, "utf8").catch(() => "");
    if (/^nameserver\s+(?!127\.|::1)/m.test(text)) return text;
  }
  return "nameserver 127.0.0.1\n";
}

/** The kubelet's configuration. @see https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/ */
export function kubeletConfig(settings: Settings): object {
  const { paths, ports, network } = settings;
  const pki = (file: string) => join(paths.pki, file);
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeAddress,
    port: ports.kubelet,
    healthzBindAddress: "127.0.0.1",
    healthzPort: ports.kubeletHealth,
    readOnlyPort: 0,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: pki("kubelet.crt"),
    tlsPrivateKeyFile: pki("kubelet.key"),
    containerRuntimeEndpoint: `unix://${containerdSocket(settings)}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: cgroupRoot(network.name),
    // Machines with cgroup v1 or swap work well enough for development.
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    clusterDNS: [network.dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf: resolvConf(settings),
    makeIPTablesUtilChains: false,
    podLogsDir: join(paths.state, "pod-logs"),
    volumePluginDir: join(paths.state, "volume-plugins"),
    // An image that was loaded from a file could not be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "200Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi" },
    maxPods: 110,
    featureGates: { ContainerRestartRules: true },
    nodeStatusUpdateFrequency: "4s",
  };
}
