import type { Pod } from "#lib/kube/resources.ts";
import { follow, type FollowedContainer, type FollowerDeps } from "./follower.ts";

/** Of a Pod that is gone: how long what its connection still brings is taken. */
const LAST_WORDS_MS = 10_000;

/** The containers of all Pods whose logs are read, and who reads them. */
export class Following<C extends FollowedContainer> {
  readonly #deps: FollowerDeps<C>;
  readonly #containersOf: (pod: Pod) => readonly C[];
  readonly #signal: AbortSignal;
  readonly #current = new Map<string, C>();
  /** Number of restarts up to which all was taken. */
  readonly #taken = new Map<string, number>();
  readonly #following = new Map<string, { readonly stop: AbortController; readonly ended: Promise<void> }>();

  /** @param containersOf the containers of a Pod whose logs are to be read */
  constructor(deps: FollowerDeps<C>, containersOf: (pod: Pod) => readonly C[], signal: AbortSignal) {
    this.#deps = deps;
    this.#containersOf = containersOf;
    this.#signal = signal;
  }

  update(before: Pod | undefined, after: Pod | undefined): void {
    const now = after === undefined ? [] : this.#containersOf(after);
    const keys = new Set(now.map(({ key }) => key));
    const gone = before === undefined ? [] : this.#containersOf(before).filter(({ key }) => !keys.has(key));
    for (const { key } of gone) this.#forget(key);
    for (const container of now) {
      this.#current.set(container.key, container);
      this.#start(container.key);
    }
  }

  /** Resolves when nobody reads any more, after the signal. */
  async ended(): Promise<void> {
    await Promise.all([...this.#following.values()].map(({ ended }) => ended));
  }

  #start(key: string): void {
    const container = this.#current.get(key);
    if (container === undefined || this.#following.has(key) || this.#signal.aborted) return;
    if (!container.running && this.#taken.get(key) === container.restarts) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const ended = follow(this.#deps, () => this.#current.get(key), signal)
      .catch((error: unknown) => this.#deps.failed(error))
      .then((restarts) => this.#ended(key, restarts ?? undefined));
    this.#following.set(key, { stop, ended });
  }

  #ended(key: string, restarts: number | undefined): void {
    this.#following.delete(key);
    if (!this.#current.has(key)) return;
    if (restarts !== undefined) this.#taken.set(key, restarts);
    // It may have been restarted meanwhile.
    this.#start(key);
  }

  /** The Pod is gone or has ended: what is still on its way is taken, then it is over. */
  #forget(key: string): void {
    this.#current.delete(key);
    this.#taken.delete(key);
    const following = this.#following.get(key);
    if (following === undefined) return;
    const timer = setTimeout(() => following.stop.abort(), LAST_WORDS_MS).unref();
    void following.ended.then(() => clearTimeout(timer));
  }
}
