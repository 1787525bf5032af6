import type { Node } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import type { PodSummary, Summary } from "./kubelet.ts";

/** What was read of one Pod, and what had been read before. */
export interface Sample {
  readonly now: PodSummary;
  readonly before?: PodSummary;
  /** RFC 3339; when the node was started. */
  readonly bootedAt?: string;
}

interface Reading {
  readonly at: number;
  readonly pods: ReadonlyMap<string, PodSummary>;
  readonly bootedAt?: string;
}

/** However many containers ask, a kubelet is asked no more often. */
const FRESH_MS = 1_000;
/** A node that nobody asks about any more is forgotten. */
const FORGET_MS = 10 * 60_000;
/** A kubelet that does not answer is mentioned no more often. */
const COMPLAIN_MS = 60_000;

export interface SamplerOptions {
  readonly read: (node: Node) => Promise<Summary>;
  readonly log: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Reads kubelets when somebody asks, once for all who ask about the same node at the same time. */
export class Sampler {
  private readonly options: SamplerOptions;
  private readonly readings = new Map<string, { now: Reading; before?: Reading }>();
  private readonly underway = new Map<string, Promise<void>>();
  private complainedAt = -Infinity;

  constructor(options: SamplerOptions) {
    this.options = options;
  }

  /** What the kubelet of `node` says of the Pod with that uid; undefined where it cannot be had. */
  async sample(node: Node, podUid: string): Promise<Sample | undefined> {
    const name = node.metadata?.name ?? "";
    const known = this.readings.get(name);
    if (known === undefined || this.options.now() - known.now.at >= FRESH_MS) await this.refresh(name, node);
    const { now, before } = this.readings.get(name) ?? {};
    const pod = now?.pods.get(podUid);
    const earlier = before?.pods.get(podUid);
    const bootedAt = now?.bootedAt;
    return pod && { now: pod, ...(earlier && { before: earlier }), ...(bootedAt !== undefined && { bootedAt }) };
  }

  private refresh(name: string, node: Node): Promise<void> {
    const running = this.underway.get(name);
    if (running) return running;
    const started = this.read(name, node).finally(() => this.underway.delete(name));
    this.underway.set(name, started);
    return started;
  }

  private async read(name: string, node: Node): Promise<void> {
    const { read, now, log } = this.options;
    try {
      const { pods = [], node: machine } = await read(node);
      const before = this.readings.get(name)?.now;
      const bootedAt = machine?.startTime;
      const byUid = new Map(pods.map((pod) => [pod.podRef.uid, pod]));
      const reading = { at: now(), pods: byUid, ...(bootedAt !== undefined && { bootedAt }) };
      this.readings.set(name, { now: reading, ...(before && { before }) });
      for (const [other, { now: last }] of this.readings) {
        if (now() - last.at > FORGET_MS) this.readings.delete(other);
      }
    } catch (error) {
      this.readings.delete(name);
      if (now() - this.complainedAt < COMPLAIN_MS) return;
      this.complainedAt = now();
      log.warn("no statistics from a node's kubelet", { node: name, error: String(error) });
    }
  }
}
