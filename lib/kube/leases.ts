import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { gauge } from "../metrics.ts";
import type { KubeClient } from "./client.ts";
import { pause, systemClock, type Clock } from "./clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./errors.ts";
import { RESOURCE, type Lease } from "./resources.ts";

export interface LeaderOptions {
  client: KubeClient;
  /** Namespace and name of the Lease that all candidates share. */
  namespace: string;
  name: string;
  /** Unique to this process, for example host name and a random part. */
  identity: string;
  /** What only the leader may do. Ends soon after its signal aborts. */
  work: (signal: AbortSignal) => Promise<void>;
  /** How long others leave the Lease alone after its last renewal. */
  leaseDurationMs?: number | undefined;
  /** How long the leader goes on without having been able to renew; shorter than the lease. */
  renewDeadlineMs?: number | undefined;
  /** Pause between attempts to get or renew the Lease. */
  retryPeriodMs?: number | undefined;
  log?: Logger | undefined;
  metrics?: Metrics | undefined;
  clock?: Clock | undefined;
}

/** Another process may lead by now: whatever this one still does as the leader must end at once. */
export class LeadershipLostError extends Error {
  constructor(lease: string, why: string, options?: { cause?: unknown }) {
    super(`lost the lease ${lease}: ${why}`, options);
    this.name = "LeadershipLostError";
  }
}

const LEASE_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_PERIOD_MS = 2_000;

/**
 * Waits until this process holds the Lease, then runs `work` while renewing it. When `signal` aborts, `work` is asked
 * to end, the Lease is held until it has, and then given back, so that the next one starts at once.
 *
 * All candidates must have the same `leaseDurationMs`. Clocks need not agree: what counts is how long a candidate
 * itself has seen the Lease unchanged.
 * @throws LeadershipLostError when the Lease could not be renewed in time or someone else has it; `work`'s signal has
 * aborted then, and the process should exit rather than wait for it.
 * @throws whatever `work` throws.
 */
export async function runAsLeader(options: LeaderOptions, signal: AbortSignal): Promise<void> {
  const candidate = new Candidate(options);
  if (!(await candidate.acquire(signal))) return;
  const working = new AbortController();
  const stop = (): void => working.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const done = new AbortController();
  const work = options.work(working.signal).finally(() => done.abort());
  try {
    await Promise.race([work, candidate.keep(done.signal).then(() => work)]);
    await candidate.release();
  } catch (error) {
    working.abort(error);
    done.abort();
    work.catch(() => undefined); // the reason it ends with is known already
    if (!(error instanceof LeadershipLostError)) await candidate.release();
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    candidate.stopped();
  }
}

class Candidate {
  private readonly options: LeaderOptions;
  private readonly clock: Clock;
  private readonly leaseMs: number;
  private readonly deadlineMs: number;
  private readonly retryMs: number;
  private readonly isLeader: { set(value: number): void } | undefined;
  /** The Lease as last seen, and when we first saw it so. */
  private seen: { lease: Lease; at: number } | undefined;
  private renewedAt = 0;

  constructor(options: LeaderOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.leaseMs = options.leaseDurationMs ?? LEASE_MS;
    this.deadlineMs = options.renewDeadlineMs ?? RENEW_DEADLINE_MS;
    this.retryMs = options.retryPeriodMs ?? RETRY_PERIOD_MS;
    if (this.deadlineMs >= this.leaseMs || this.retryMs >= this.deadlineMs) {
      throw new RangeError("a lease wants retryPeriodMs < renewDeadlineMs < leaseDurationMs");
    }
    const help = "1 while this process holds the lease";
    this.isLeader =
      options.metrics &&
      gauge(options.metrics, { name: "kecs_leader", help, labelNames: ["lease"] }).labels({ lease: options.name });
    this.isLeader?.set(0);
  }

  /** True once the Lease is ours; false when aborted before. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { log, name, identity } = this.options;
    log?.info("waiting for the lease", { lease: name, identity });
    let holder: string | undefined;
    while (!signal.aborted) {
      try {
        if (await this.tryAcquire(signal)) {
          log?.info("leading", { lease: name, identity });
          this.isLeader?.set(1);
          return true;
        }
      } catch (error) {
        if (!signal.aborted) log?.warn("cannot get the lease", { lease: name, error: String(error) });
      }
      const current = this.seen?.lease.spec?.holderIdentity;
      if (current && current !== holder) log?.info("another process leads", { lease: name, holder: current });
      holder = current ?? holder;
      await pause(this.retryMs * (1 + 0.2 * Math.random()), signal, this.clock);
    }
    return false;
  }

  /** Renews until `signal` aborts. @throws LeadershipLostError */
  async keep(signal: AbortSignal): Promise<void> {
    const { name, log } = this.options;
    let cause: unknown;
    while (!signal.aborted) {
      await pause(Math.min(this.retryMs, this.timeLeft()), signal, this.clock);
      if (signal.aborted) return;
      const left = this.timeLeft();
      if (left <= 0) {
        throw new LeadershipLostError(name, `it could not be renewed for ${this.deadlineMs / 1000} s`, { cause });
      }
      try {
        await this.renew(left);
      } catch (error) {
        if (error instanceof LeadershipLostError) throw error;
        cause = error;
        log?.warn("cannot renew the lease", { lease: name, error: String(error) });
      }
    }
  }

  /** Lets the next one have it at once; best effort, for it runs out anyway. */
  async release(): Promise<void> {
    const { log, name } = this.options;
    try {
      const now = this.microTime();
      const free = { holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
      await this.write(free, this.retryMs);
      log?.info("gave the lease back", { lease: name });
    } catch (error) {
      log?.warn("could not give the lease back", { lease: name, error: String(error) });
    }
  }

  stopped(): void {
    this.isLeader?.set(0);
  }

  private async tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.options;
    const startedAt = this.clock.monotonic();
    const call = { signal, timeoutMs: this.deadlineMs };
    const times = { acquireTime: this.microTime(), renewTime: this.microTime() };
    const ours = { holderIdentity: identity, leaseDurationSeconds: Math.ceil(this.leaseMs / 1000), ...times };
    try {
      await this.look(this.deadlineMs, signal);
      if (!this.isFree()) return false;
      const transitions = (this.seen?.lease.spec?.leaseTransitions ?? 0) + 1;
      await this.write({ ...ours, leaseTransitions: transitions }, this.deadlineMs, signal);
    } catch (error) {
      if (isConflict(error)) return false; // someone was quicker
      if (!isNotFound(error)) throw error;
      try {
        const lease: Lease = { metadata: { namespace, name }, spec: { ...ours, leaseTransitions: 0 } };
        this.note(await client.create<Lease>(RESOURCE.leases, lease, call));
      } catch (raced) {
        if (isAlreadyExists(raced)) return false;
        throw raced;
      }
    }
    this.renewedAt = startedAt;
    return true;
  }

  /** Until we must stop leading, if we cannot renew. */
  private timeLeft(): number {
    return this.renewedAt + this.deadlineMs - this.clock.monotonic();
  }

  private async renew(timeoutMs: number): Promise<void> {
    const startedAt = this.clock.monotonic();
    const deadline = AbortSignal.timeout(Math.ceil(timeoutMs)); // of all three requests together
    try {
      await this.write({ renewTime: this.microTime() }, timeoutMs, deadline);
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
      // Someone else wrote: a tool that labelled it, or a new leader.
      await this.look(timeoutMs, deadline);
      if (this.seen?.lease.spec?.holderIdentity !== this.options.identity) {
        throw new LeadershipLostError(this.options.name, "another process holds it", { cause: error });
      }
      await this.write({ renewTime: this.microTime() }, timeoutMs, deadline);
    }
    this.renewedAt = startedAt;
  }

  private isFree(): boolean {
    if (!this.seen) return false;
    const { holderIdentity, leaseDurationSeconds } = this.seen.lease.spec ?? {};
    if (!holderIdentity || holderIdentity === this.options.identity) return true;
    const leaseMs = leaseDurationSeconds === undefined ? this.leaseMs : leaseDurationSeconds * 1000;
    return this.clock.monotonic() - this.seen.at > leaseMs;
  }

  private async look(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.note(await this.options.client.get<Lease>(RESOURCE.leases, this.ref(), { timeoutMs, signal }));
  }

  /** Changes the Lease if it is still as seen last. */
  private async write(spec: object, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const resourceVersion = this.seen?.lease.metadata?.resourceVersion;
    const patch = { metadata: { resourceVersion }, spec };
    this.note(await this.options.client.mergePatch<Lease>(RESOURCE.leases, this.ref(), patch, { timeoutMs, signal }));
  }

  private note(lease: Lease): void {
    if (this.seen?.lease.metadata?.resourceVersion === lease.metadata?.resourceVersion) return;
    this.seen = { lease, at: this.clock.monotonic() };
  }

  private ref(): { namespace: string; name: string } {
    return { namespace: this.options.namespace, name: this.options.name };
  }

  /** A Lease's times are MicroTime: RFC 3339 with exactly six decimals. */
  private microTime(): string {
    return this.clock.now().toISOString().replace("Z", "000Z");
  }
}
