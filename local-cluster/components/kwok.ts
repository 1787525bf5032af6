import { binary, kwokStages } from "../binaries.ts";
import { kubectl } from "../kubectl.ts";
import { clientKubeconfig } from "../pki.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

/** Starts kwok, which plays nodes and their Pods, and registers as many nodes as asked for. */
export async function startKwok(cluster: Cluster): Promise<void> {
  const { settings, binaries } = cluster;
  const { paths, ports, network } = settings;
  const address = `${network.nodeAddress}:${ports.kwok}`;
  await ensureProcess(paths, {
    name: "kwok",
    command: binary(binaries, "kwok"),
    args: [
      `--kubeconfig=${clientKubeconfig(settings, "kwok")}`,
      "--manage-nodes-with-label-selector=type=kwok",
      "--cidr=10.200.0.0/16",
      `--node-ip=${network.nodeAddress}`,
      `--node-port=${ports.kwok}`,
      `--server-address=${address}`,
      "--node-lease-duration-seconds=40",
      `--config=${kwokStages(binaries)}`,
    ],
    listens: [{ address: network.nodeAddress, port: ports.kwok }],
  });
  const up = () => answers(`http://${address}/healthz`);
  await waitFor("kwok", up, { timeoutMs: 30_000, hopeless: diedOf(paths, "kwok") });
  const nodes = renderKwokNodes(settings.kwokNodes, settings.realNode);
  await kubectl(cluster, ["apply", "--server-side", "-f", "-"], nodes);
  await removeSurplus(cluster);
  await kubectl(cluster, ["wait", "--for=condition=Ready", "node", "-l", "type=kwok", "--timeout=120s"]);
}

async function removeSurplus(cluster: Cluster): Promise<void> {
  const names = (await kubectl(cluster, ["get", "nodes", "-l", "type=kwok", "-o", "name"])).trim().split("\n");
  const surplus = names.filter((name) => Number(name.replace("node/kwok-", "")) > cluster.settings.kwokNodes);
  if (surplus.length > 0) await kubectl(cluster, ["delete", ...surplus]);
}

/**
 * The simulated nodes as a List.
 *
 * @param tainted beside a real node Pods must ask for simulated ones by tolerating `kwok.x-k8s.io/node`
 */
export function renderKwokNodes(count: number, tainted: boolean): string {
  const resources = { cpu: "32", memory: "256Gi", pods: "1000", "ephemeral-storage": "1Ti" };
  const taints = tainted ? [{ key: "kwok.x-k8s.io/node", value: "fake", effect: "NoSchedule" }] : [];
  const items = Array.from({ length: count }, (_, index) => {
    const name = `kwok-${String(index + 1).padStart(4, "0")}`;
    const labels = {
      type: "kwok",
      "kecs.io/node-kind": "kwok",
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
    };
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels, annotations: { "kwok.x-k8s.io/node": "fake" } },
      spec: { taints },
      status: { allocatable: resources, capacity: resources },
    };
  });
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}
