import { environment } from "./environment.ts";
import { kubectl, kubectlApply, kubectlJson } from "./kubectl.ts";
import { check } from "./run.ts";

export interface KubeNode {
  metadata: { name: string; uid: string; labels: Record<string, string> };
}

/** The node on which containers really run. */
export async function realNode(): Promise<KubeNode> {
  const { items } = await kubectlJson<{ items: KubeNode[] }>("get", "nodes", "--selector", "kecs.io/node-kind=real");
  const [node] = items;
  if (node === undefined) throw new Error("there is no real node: these tests need containers that run");
  return node;
}

const RESOURCES = { cpu: "4", memory: "8Gi", pods: "1" };
const NODE_STATUS = {
  capacity: RESOURCES,
  allocatable: RESOURCES,
  conditions: [{ type: "Ready", status: "True", reason: "Played", message: "played by a test" }],
};

/**
 * A node that is nothing but an object: Ready for the first 40 seconds, after which Kubernetes misses its heartbeat.
 * Its taint keeps everybody's Pods away, so that only StartTask brings tasks to it. `open` leaves the taint out: there is
 * room for one Pod, anybody's.
 */
export async function playNode(
  name: string,
  labels: Record<string, string>,
  { providerID, open = false }: { providerID?: string; open?: boolean } = {},
): Promise<KubeNode> {
  await kubectlApply({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } },
    spec: {
      ...(!open && { taints: [{ key: "e2e.kecs.io/played", effect: "NoSchedule" }] }),
      ...(providerID && { providerID }),
    },
  });
  await patchStatus(["node", name], NODE_STATUS);
  return kubectlJson<KubeNode>("get", "node", name);
}

/** What the kubelet of a played node would say of a Pod whose only container runs. */
export async function playRunningPod(namespace: string, name: string, container: string): Promise<void> {
  const startedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  await patchStatus(["--namespace", namespace, "pod", name], {
    phase: "Running",
    podIP: "10.250.99.1",
    containerStatuses: [
      {
        name: container,
        image: "busybox",
        imageID: "",
        ready: true,
        restartCount: 0,
        containerID: "containerd://played",
        state: { running: { startedAt } },
      },
    ],
  });
}

async function patchStatus(what: readonly string[], status: object): Promise<void> {
  const patch = JSON.stringify({ status });
  const args = ["patch", ...what, "--subresource=status", "--type=merge", "--patch", patch];
  await check(environment.kubectl, args, { env: { KUBECONFIG: environment.kubeconfig } });
}

/** Removes nodes; ones that are not there do no harm. */
export async function removeNodes(...names: string[]): Promise<void> {
  await kubectl("delete", "node", "--ignore-not-found", ...names);
}
