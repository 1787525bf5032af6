import type { LogEntry } from "./lines.ts";

/** How far a log was read. */
export interface LogPosition {
  /** The latest timestamp; empty before the first event. */
  readonly at: string;
  /** Events read of its second, in the log's order. */
  readonly count: number;
}

export const BEGINNING: LogPosition = { at: "", count: 0 };

/**
 * Goes on with a log where an earlier reading stopped, without loss or repetition. The Kubernetes API can only begin
 * at a whole second and gives what is not older, in the log's order; of that the events that were read are left out.
 * Lines of the two output streams may be a little out of order: hence the count, not the timestamp alone.
 * @see https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#read-log-pod-v1-core (sinceTime)
 */
export class LogReader {
  readonly #earlier: boolean;
  #at: string;
  #count: number;
  #toSkip: number;

  /** @param earlier the log is that of the container before its last restart, of which all that is newer is new */
  constructor({ at, count }: LogPosition, { earlier = false } = {}) {
    this.#earlier = earlier;
    this.#at = at;
    this.#count = count;
    this.#toSkip = count;
  }

  get position(): LogPosition {
    return { at: this.#at, count: this.#count };
  }

  /** True for an event that was not read before. */
  isNew({ at }: LogEntry): boolean {
    if (at <= this.#at && (this.#earlier || this.#toSkip > 0)) {
      this.#toSkip--;
      return false;
    }
    // A log that has fewer events of that second than were read is another one: the container was restarted.
    this.#count -= Math.max(this.#toSkip, 0);
    this.#toSkip = 0;
    this.#advance(at);
    return true;
  }

  #advance(at: string): void {
    const [second, last] = [secondOf(at), secondOf(this.#at)];
    if (this.#earlier) this.#count = 0;
    else if (second > last) this.#count = 1;
    else if (second === last) this.#count++;
    if (at > this.#at) this.#at = at;
  }
}

/** Where to let the Kubernetes API begin: the second of the latest event; undefined for the beginning. */
export function sinceTime({ at }: LogPosition): string | undefined {
  return at === "" ? undefined : `${secondOf(at)}Z`;
}

function secondOf(at: string): string {
  return at.slice(0, 19);
}
