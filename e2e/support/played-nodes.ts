import { createKubeClient, type KubeClient } from "#lib/kube/client.ts";
import { isConflict, isNotFound } from "#lib/kube/errors.ts";
import { type Lease, type Node, type Pod, RESOURCE, refOf } from "#lib/kube/resources.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { environment } from "./environment.ts";

const LEASES = "kube-node-lease";
const ROUND_MS = 200;
/** Kubernetes gives a node up after 40 seconds without. */
const HEARTBEAT_MS = 5_000;
const RESOURCES = { cpu: "4", memory: "8Gi", pods: "100" };

/** What becomes of a Pod once it is on a node. */
export interface Outcome {
  /** Until it runs and is ready, in milliseconds; absent: at once. */
  readonly readyAfterMs?: number;
  /** Until its containers exit with code 1 by themselves, in milliseconds. */
  readonly exitsAfterMs?: number;
}

/** Nodes that a test plays whole: they stay Ready, their Pods do what the test says and end when they are told. */
export interface PlayedNodes {
  readonly names: readonly string[];
  /** Lets a Pod that runs exit by itself, by its uid. */
  exit(uid: string): void;
  /** Adds a node. */
  add(name: string, labels: Record<string, string>, taints?: readonly { key: string; value?: string }[]): Promise<Node>;
  /** Removes the nodes. */
  dispose(): Promise<void>;
}

interface Play {
  readonly kube: KubeClient;
  readonly namespace: string;
  readonly names: readonly string[];
  readonly outcomeOf: (pod: Pod) => Outcome;
  /** Milliseconds of when each Pod was first seen on a node, by uid. */
  readonly boundAt: Map<string, number>;
  /** Uids of the Pods that are to exit. */
  readonly exiting: Set<string>;
}

/**
 * @param namespace whose Pods are played
 * @param outcomeOf what becomes of each; left out: all run as soon as they are bound
 */
export function playNodes(namespace: string, outcomeOf: (pod: Pod) => Outcome = () => ({})): PlayedNodes {
  const kube = createKubeClient({ kubeconfig: environment.kubeconfig, context: undefined });
  const names: string[] = [];
  const exiting = new Set<string>();
  const end = new AbortController();
  const played = play({ kube, namespace, names, outcomeOf, boundAt: new Map(), exiting }, end.signal);
  return {
    names,
    exit: (uid) => void exiting.add(uid),
    async add(name, labels, taints = []) {
      await kube.create<Node>(RESOURCE.nodes, {
        metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels } },
        spec: { taints: taints.map((taint) => ({ ...taint, effect: "NoSchedule" })) },
      });
      const ready = { type: "Ready", status: "True", reason: "Played", message: "played by a test" };
      const status = { capacity: RESOURCES, allocatable: RESOURCES, conditions: [ready] };
      const node = await kube.mergePatch<Node>(RESOURCE.nodes, { name }, { status }, { subresource: "status" });
      await beat(kube, name);
      names.push(name);
      return node;
    },
    async dispose() {
      end.abort();
      await played;
      for (const name of names) await kube.delete(RESOURCE.nodes, { name });
      kube.close();
    },
  };
}

async function play(stage: Play, signal: AbortSignal): Promise<void> {
  const { kube, namespace, names } = stage;
  let beatAt = 0;
  while (!signal.aborted) {
    if (Date.now() - beatAt > HEARTBEAT_MS) {
      beatAt = Date.now();
      for (const name of names) await beat(kube, name);
    }
    const { items } = await kube.list<Pod>(RESOURCE.pods, { namespace });
    for (const pod of items) if (names.includes(pod.spec?.nodeName ?? "")) await playPod(stage, pod);
    await sleep(ROUND_MS);
  }
}

/** What a kubelet does for a Pod. */
async function playPod(stage: Play, pod: Pod): Promise<void> {
  const { kube } = stage;
  const { uid, deletionTimestamp } = pod.metadata ?? {};
  try {
    if (deletionTimestamp !== undefined) {
      await kube.delete(RESOURCE.pods, refOf(pod), { ...(uid !== undefined && { uid }), gracePeriodSeconds: 0 });
      return;
    }
    const status = nextStatus(stage, pod);
    if (status) await kube.mergePatch(RESOURCE.pods, refOf(pod), { status }, { subresource: "status" });
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** The status that a Pod has come to, where that is another one than it has. */
function nextStatus({ outcomeOf, boundAt, exiting }: Play, pod: Pod): object | undefined {
  const { uid = "" } = pod.metadata ?? {};
  const [since, outcome] = [boundAt.get(uid) ?? Date.now(), outcomeOf(pod)];
  boundAt.set(uid, since);
  const age = Date.now() - since;
  const statuses = pod.status?.containerStatuses ?? [];
  if (exiting.has(uid) || age >= (outcome.exitsAfterMs ?? Infinity)) {
    return statuses.some(({ state }) => state?.terminated) ? undefined : exited(pod);
  }
  return pod.status?.phase === "Pending" && age >= (outcome.readyAfterMs ?? 0) ? running(pod) : undefined;
}

function running(pod: Pod): object {
  return { phase: "Running", podIP: "10.250.99.1", ...containersThat(pod, { running: { startedAt: now() } }, true) };
}

/** Its containers would be started again, a while later: who plays a Pod waits for it to be removed. */
function exited(pod: Pod): object {
  const terminated = { exitCode: 1, reason: "Error", startedAt: now(), finishedAt: now() };
  return { phase: "Running", ...containersThat(pod, { terminated }, false) };
}

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

function containersThat({ spec }: Pod, state: object, ready: boolean): object {
  const met = (holds: boolean): string => (holds ? "True" : "False");
  const conditions = { PodScheduled: true, Initialized: true, ContainersReady: ready, Ready: ready };
  return {
    conditions: Object.entries(conditions).map(([type, holds]) => ({
      type,
      status: met(holds),
      lastTransitionTime: now(),
    })),
    containerStatuses: (spec?.containers ?? []).map(({ name, image }) => ({
      name,
      image,
      imageID: "",
      ready,
      started: ready,
      restartCount: 0,
      containerID: "containerd://played",
      state,
    })),
  };
}

async function beat(kube: KubeClient, name: string): Promise<void> {
  const ref = { namespace: LEASES, name };
  const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`;
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
  try {
    await kube.mergePatch<Lease>(RESOURCE.leases, ref, { spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await kube.create(RESOURCE.leases, { metadata: ref, spec });
  }
}
