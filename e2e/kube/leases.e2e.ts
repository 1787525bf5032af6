import { expect } from "chai";
import type { KubeClient } from "#lib/kube/client.ts";
import { LeadershipLostError, runAsLeader } from "#lib/kube/leases.ts";
import { RESOURCE, type Lease } from "#lib/kube/resources.ts";
import { eventually } from "../support/wait.ts";
import { ControlPlane } from "./control-plane.ts";

const namespace = "default";

/** One process that wants to lead; `leading` while it may work. */
class Candidate {
  leading = false;
  error: unknown;
  readonly ended: Promise<void>;
  private readonly abort = new AbortController();
  /** Lets the work end, once it has been asked to. */
  private readonly mayEnd = Promise.withResolvers<void>();

  constructor(
    client: KubeClient,
    name: string,
    identity: string,
    options: { endsAtOnce?: boolean; leaseMs?: number } = {},
  ) {
    if (options.endsAtOnce !== false) this.mayEnd.resolve();
    const work = (signal: AbortSignal): Promise<void> => this.work(signal);
    const timing = { leaseDurationMs: options.leaseMs ?? 2_000, renewDeadlineMs: 1_500, retryPeriodMs: 200 };
    this.ended = runAsLeader({ client, namespace, name, identity, work, ...timing }, this.abort.signal).catch(
      (error: unknown) => void (this.error = error),
    );
  }

  stop(): void {
    this.abort.abort();
  }

  letEnd(): void {
    this.mayEnd.resolve();
  }

  private async work(signal: AbortSignal): Promise<void> {
    this.leading = true;
    const aborted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => aborted.resolve(), { once: true });
    if (!signal.aborted) await aborted.promise;
    await this.mayEnd.promise;
    this.leading = false;
  }
}

describe("leader election", () => {
  let plane: ControlPlane;
  let client: KubeClient;
  const candidates: Candidate[] = [];

  before(async () => {
    plane = await ControlPlane.start();
    client = plane.client();
  });

  afterEach(async () => {
    for (const candidate of candidates) {
      candidate.stop();
      candidate.letEnd();
    }
    await Promise.all(candidates.splice(0).map((candidate) => candidate.ended));
  });

  after(async () => {
    client?.close();
    await plane?.stop();
  });

  function candidate(
    ...args: [name: string, identity: string, options?: { endsAtOnce?: boolean; leaseMs?: number }]
  ): Candidate {
    const made = new Candidate(client, ...args);
    candidates.push(made);
    return made;
  }

  const leads = (who: Candidate): Promise<unknown> => eventually("it leads", async () => who.leading, 10_000, 20);
  const lease = (name: string): Promise<Lease> => client.get<Lease>(RESOURCE.leases, { namespace, name });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it("lets one lead, and renews its lease", async () => {
    const first = candidate("one", "a");
    await leads(first);
    const second = candidate("one", "b");
    const before = await lease("one");
    expect(before.spec).to.include({ holderIdentity: "a", leaseDurationSeconds: 2 });
    expect(before.spec?.renewTime).to.match(/T\d\d:\d\d:\d\d\.\d{6}Z$/);
    await pause(3_000);
    expect([first.leading, second.leading]).to.deep.equal([true, false]);
    expect((await lease("one")).spec?.renewTime).not.to.equal(before.spec?.renewTime);
  });

  it("gives the lease back when told to stop, so that the next leads at once", async () => {
    // Longer than `leads` waits: it must have been given back, not have run out.
    const first = candidate("handover", "a", { leaseMs: 60_000 });
    await leads(first);
    const second = candidate("handover", "b", { leaseMs: 60_000 });
    await pause(300);
    first.stop();
    await leads(second);
    expect(first.leading).to.equal(false);
    expect((await lease("handover")).spec).to.include({ holderIdentity: "b", leaseTransitions: 1 });
  });

  it("holds the lease until its work has ended", async () => {
    const first = candidate("slow", "a", { endsAtOnce: false });
    await leads(first);
    const second = candidate("slow", "b");
    first.stop();
    await pause(2_500); // longer than the lease: it must have been renewed meanwhile
    expect([first.leading, second.leading]).to.deep.equal([true, false]);
    first.letEnd();
    await leads(second);
  });

  it("takes over from a holder that vanished, once its lease has run out", async () => {
    const times = { acquireTime: "2020-01-01T00:00:00.000000Z", renewTime: "2020-01-01T00:00:00.000000Z" };
    const spec = { holderIdentity: "dead", leaseDurationSeconds: 2, leaseTransitions: 4, ...times };
    await client.create<Lease>(RESOURCE.leases, { metadata: { namespace, name: "vanished" }, spec });
    const startedAt = performance.now();
    const next = candidate("vanished", "b");
    await leads(next);
    // Its clock may have been wrong: what counts is how long we have seen it unchanged.
    expect(performance.now() - startedAt).to.be.at.least(2_000);
    expect((await lease("vanished")).spec).to.include({ holderIdentity: "b", leaseTransitions: 5 });
  });

  it("stops leading when another has taken the lease", async () => {
    const first = candidate("stolen", "a");
    await leads(first);
    const patch = { spec: { holderIdentity: "thief" } };
    await client.mergePatch(RESOURCE.leases, { namespace, name: "stolen" }, patch);
    await first.ended;
    expect(first.error).to.be.instanceOf(LeadershipLostError);
    expect(first.leading).to.equal(false);
    expect((await lease("stolen")).spec?.holderIdentity).to.equal("thief");
  });

  it("goes on when somebody else merely touched the lease", async () => {
    const first = candidate("touched", "a");
    await leads(first);
    await client.mergePatch(
      RESOURCE.leases,
      { namespace, name: "touched" },
      { metadata: { labels: { hello: "you" } } },
    );
    await pause(2_500);
    expect(first.leading).to.equal(true);
  });

  it("stops leading before its lease runs out when the API server is away", async () => {
    const first = candidate("away", "a", { leaseMs: 15_000 });
    await leads(first);
    const startedAt = performance.now();
    await plane.pauseApiserver();
    try {
      await first.ended;
      expect(performance.now() - startedAt).to.be.lessThan(15_000);
      expect(first.error).to.be.instanceOf(LeadershipLostError);
      expect(first.leading).to.equal(false);
    } finally {
      plane.resumeApiserver();
    }
  });
});
