import { join } from "node:path";
import { binary } from "../binaries.ts";
import { clientKubeconfig } from "../pki.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";

const MANAGER = "kube-controller-manager";
const SCHEDULER = "kube-scheduler";

/**
 * Starts kube-controller-manager and kube-scheduler and waits until they are healthy.
 * The API server must be ready: without RBAC's first roles they end at once.
 */
export async function startControllers({ settings, binaries }: Cluster): Promise<void> {
  const { paths, ports } = settings;
  await ensureProcess(paths, {
    name: MANAGER,
    command: binary(binaries, MANAGER),
    args: managerFlags(settings),
    listens: [{ address: "127.0.0.1", port: ports.controllerManager }],
  });
  await ensureProcess(paths, {
    name: SCHEDULER,
    command: binary(binaries, SCHEDULER),
    args: [...identity(clientKubeconfig(settings, "scheduler")), `--secure-port=${ports.scheduler}`],
    listens: [{ address: "127.0.0.1", port: ports.scheduler }],
  });
  await healthy(settings, MANAGER, ports.controllerManager);
  await healthy(settings, SCHEDULER, ports.scheduler);
}

async function healthy({ paths }: Settings, name: string, port: number): Promise<void> {
  const url = `https://127.0.0.1:${port}/healthz`;
  await waitFor(name, () => answers(url), { timeoutMs: 60_000, hopeless: diedOf(paths, name) });
}

function managerFlags(settings: Settings): string[] {
  const { network, ports, paths } = settings;
  const pki = (file: string) => join(paths.pki, file);
  return [
    ...identity(clientKubeconfig(settings, "controller-manager")),
    `--secure-port=${ports.controllerManager}`,
    `--service-account-private-key-file=${pki("sa.key")}`,
    `--root-ca-file=${pki("ca.crt")}`,
    `--cluster-signing-cert-file=${pki("ca.crt")}`,
    `--cluster-signing-key-file=${pki("ca.key")}`,
    "--use-service-account-credentials=true",
    "--allocate-node-cidrs=false",
    `--cluster-cidr=${network.podCidr}`,
    `--flex-volume-plugin-dir=${join(paths.state, "volume-plugins")}`,
    "--concurrent-deployment-syncs=10",
    "--concurrent-replicaset-syncs=10",
  ];
}

/** What both have in common: there is one of each, so nothing to elect, and the client's brakes are off. */
function identity(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
  ];
}
