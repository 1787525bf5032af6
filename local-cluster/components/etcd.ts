import { join } from "node:path";
import { binary } from "../binaries.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

/** Starts etcd, which holds all state of the cluster, and waits until it is healthy. */
export async function startEtcd({ settings, binaries }: Cluster): Promise<void> {
  const { paths, ports } = settings;
  const client = etcdUrl(ports.etcdClient);
  const peer = etcdUrl(ports.etcdPeer);
  await ensureProcess(paths, {
    name: "etcd",
    command: binary(binaries, "etcd"),
    args: [
      "--name=kecs",
      `--data-dir=${join(paths.state, "etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=kecs=${peer}`,
    ],
    listens: [
      { address: "127.0.0.1", port: ports.etcdClient },
      { address: "127.0.0.1", port: ports.etcdPeer },
    ],
  });
  await waitFor("etcd", () => answers(`${client}/health`), { timeoutMs: 60_000, hopeless: diedOf(paths, "etcd") });
}

/** etcd's address for a port. */
export function etcdUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
