import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kubectl } from "../kubectl.ts";
import type { Settings } from "../settings.ts";
import type { Cluster } from "./cluster.ts";

/** The image made from the CoreDNS that is built with the cluster. */
export const COREDNS_IMAGE = "kecs.local/coredns:1";

/** Installs the cluster's DNS and waits until it answers. */
export async function startDns(cluster: Cluster): Promise<void> {
  const template = await readFile(join(import.meta.dirname, "coredns.yaml"), "utf8");
  await kubectl(
    cluster,
    ["apply", "--server-side", "--force-conflicts", "-f", "-"],
    renderCoredns(template, cluster.settings),
  );
  await kubectl(cluster, ["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=90s"]);
}

/** Fills the manifest in: image, address, and whether names outside the cluster are asked for elsewhere. */
export function renderCoredns(template: string, { network, isolated }: Settings): string {
  return template
    .replaceAll("${IMAGE}", COREDNS_IMAGE)
    .replaceAll("${DNS_ADDRESS}", network.dnsAddress)
    .replaceAll("${FORWARD}", isolated ? "" : "forward . /etc/resolv.conf");
}
