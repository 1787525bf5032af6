import { join } from "node:path";
import { binary } from "../binaries.ts";
import { adminFiles } from "../pki.ts";
import { diedOf, ensureProcess } from "../processes.ts";
import type { Settings } from "../settings.ts";
import { answers, waitFor } from "../wait.ts";
import type { Cluster } from "./cluster.ts";
import { etcdUrl } from "./etcd.ts";

const NAME = "kube-apiserver";

/** Starts kube-apiserver with RBAC and waits until it is ready, which includes RBAC's first roles. */
export async function startApiserver({ settings, binaries }: Cluster): Promise<void> {
  const { network, ports, paths } = settings;
  await ensureProcess(paths, {
    name: NAME,
    command: binary(binaries, NAME),
    args: apiserverFlags(settings),
    listens: [{ address: network.nodeAddress, port: ports.apiserver }],
  });
  await waitFor(NAME, () => answers(`${apiserverUrl(settings)}/readyz`, adminFiles(settings)), {
    timeoutMs: 120_000,
    hopeless: diedOf(paths, NAME),
  });
}

/** Where the API server listens. */
export function apiserverUrl({ network, ports }: Settings): string {
  return `https://${network.nodeAddress}:${ports.apiserver}`;
}

/** kube-apiserver's command line. */
export function apiserverFlags({ network, ports, paths, realNode }: Settings): string[] {
  const pki = (file: string) => join(paths.pki, file);
  return [
    `--etcd-servers=${etcdUrl(ports.etcdClient)}`,
    `--bind-address=${network.nodeAddress}`,
    `--advertise-address=${network.nodeAddress}`,
    `--secure-port=${ports.apiserver}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--client-ca-file=${pki("ca.crt")}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    `--kubelet-client-certificate=${pki("apiserver-kubelet.crt")}`,
    `--kubelet-client-key=${pki("apiserver-kubelet.key")}`,
    `--kubelet-certificate-authority=${pki("ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-signing-key-file=${pki("sa.key")}`,
    `--service-account-key-file=${pki("sa.pub")}`,
    `--service-cluster-ip-range=${network.serviceCidr}`,
    `--requestheader-client-ca-file=${pki("ca.crt")}`,
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${pki("front-proxy.crt")}`,
    `--proxy-client-key-file=${pki("front-proxy.key")}`,
    // The metrics API is found by its endpoint, so that it does not need kube-proxy.
    "--enable-aggregator-routing=true",
    // Endpoints may not have loopback addresses, and without a real node nothing would use them.
    `--endpoint-reconciler-type=${realNode ? "lease" : "none"}`,
    "--profiling=false",
    // On by default from Kubernetes 1.35.
    "--feature-gates=ContainerRestartRules=true",
  ];
}
