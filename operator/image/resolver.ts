import { LRUCache } from "lru-cache";
import type { Config } from "#lib/config.ts";
import type { Logger } from "#lib/log.ts";
import { counter, type Metrics } from "#lib/metrics.ts";
import { type ImageReference, isLoopback, parseReference } from "./reference.ts";
import { askRegistry, type Outcome } from "./registry.ts";

/** What is known of an image: what its registry said, or that no registry is asked about it. */
export type Resolution = Outcome | { readonly kind: "unasked" };

export interface Wish {
  /** When it was wished to run the image: an answer of before that could miss a push that came before the wish. */
  readonly since: number;
  /** Ask a registry even if it has not answered a moment ago. */
  readonly insist: boolean;
  readonly signal: AbortSignal;
}

type Settings = Pick<Config, "imageResolution" | "insecureRegistries">;

interface Deps {
  readonly config: Settings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => Date;
}

interface Answer {
  readonly askedAt: number;
  readonly outcome: Promise<Outcome>;
}

/** How long a registry may take for an answer, all requests together. */
const TIMEOUT_MS = 2_000;
/** How long a registry that has not answered is left alone, so that not each task waits for it. */
const DOWN_MS = 10_000;
/** How long after a warning that a registry does not answer the next may come. */
const WARN_AGAIN_MS = 5 * 60_000;
const MOST_ANSWERS = 1_000;
const OUTCOMES = ["digest", "denied", "missing", "unreachable"] as const;

/** Asks registries what tags name. Wishes of the same time for the same image share one question. */
export class ImageResolver {
  private readonly deps: Deps;
  private readonly asked: (registry: string) => boolean;
  private readonly insecure: ReadonlySet<string>;
  private readonly answers = new LRUCache<string, Answer>({ max: MOST_ANSWERS });
  private readonly down = new LRUCache<string, Outcome>({ max: MOST_ANSWERS, ttl: DOWN_MS });
  private readonly warned = new LRUCache<string, true>({ max: MOST_ANSWERS, ttl: WARN_AGAIN_MS });
  private readonly digests = new LRUCache<string, string>({ max: MOST_ANSWERS });

  constructor(deps: Deps) {
    this.deps = deps;
    this.asked = askedRegistries(deps.config.imageResolution);
    this.insecure = new Set(listOf(deps.config.insecureRegistries));
    for (const outcome of OUTCOMES) this.count(outcome, 0);
  }

  /** What a tag names now. Never fails: what goes wrong is an outcome. */
  async resolve(image: string, wish: Wish): Promise<Resolution> {
    const reference = parseReference(image);
    if (reference === undefined || reference.digest !== undefined) return { kind: "unasked" };
    if (!this.asked(reference.registry)) return { kind: "unasked" };
    const down = wish.insist ? undefined : this.down.get(reference.registry);
    if (down) return down;
    return unlessAborted(this.answer(reference, wish.since), wish.signal);
  }

  /** The digest that an image's tag was last seen to name. */
  lastDigest(image: string): string | undefined {
    const reference = parseReference(image);
    return reference && this.digests.get(keyOf(reference));
  }

  private answer(reference: ImageReference, since: number): Promise<Outcome> {
    const key = keyOf(reference);
    const before = this.answers.get(key);
    if (before && before.askedAt >= since) return before.outcome;
    const outcome = this.ask(reference);
    this.answers.set(key, { askedAt: this.deps.now().getTime(), outcome });
    return outcome;
  }

  private async ask(reference: ImageReference): Promise<Outcome> {
    const { registry } = reference;
    const plainHttp = isLoopback(registry) || this.insecure.has(registry);
    const outcome = await askRegistry({ reference, plainHttp, signal: AbortSignal.timeout(TIMEOUT_MS) });
    this.count(outcome.kind, 1);
    if (outcome.kind === "digest") this.digests.set(keyOf(reference), outcome.digest);
    if (outcome.kind === "unreachable") {
      this.answers.delete(keyOf(reference));
      this.down.set(registry, outcome);
      this.warn(reference, outcome.reason);
    } else {
      this.down.delete(registry);
      this.warned.delete(registry);
    }
    return outcome;
  }

  /** Once for all services whose images the registry has. */
  private warn({ registry, repository }: ImageReference, reason: string): void {
    if (this.warned.has(registry)) return;
    this.warned.set(registry, true);
    this.deps.log.warn("a registry does not say what a tag names: nodes use what they have", {
      registry,
      repository,
      reason,
    });
  }

  private count(outcome: Outcome["kind"], by: number): void {
    counter(this.deps.metrics, {
      name: "kecs_image_resolutions_total",
      help: "Questions to image registries, by what came of them",
      labelNames: ["outcome"],
    }).inc({ outcome }, by);
  }
}

function keyOf({ registry, repository, tag = "latest" }: ImageReference): string {
  return `${registry}/${repository}:${tag}`;
}

/** `all`, `none`, or those that are listed: a host with its port, or without for every port of it. */
function askedRegistries(setting: string): (registry: string) => boolean {
  if (setting === "all" || setting === "none") return () => setting === "all";
  const listed = new Set(listOf(setting));
  return (registry) => listed.has(registry) || listed.has(registry.replace(/:\d+$/, ""));
}

function listOf(setting: string): string[] {
  return setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** The question goes on for those who share it. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
