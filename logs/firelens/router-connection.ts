import { randomBytes } from "node:crypto";
import { FIRELENS_PORT } from "#lib/ecs/firelens.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { ObjectRef } from "#lib/kube/resources.ts";
import type { LogEntry } from "../lines.ts";
import { Acknowledgements, forwardMessage, type RecordMembers } from "./forward-protocol.ts";
import { openPodPort, type PodPort } from "./pod-port.ts";

/** A router that takes nothing more (its own buffer is full, or it hangs) is tried again on a new connection. */
const ACKNOWLEDGE_MS = 30_000;
/** When all is to end, a message that is on its way may still be acknowledged, so that nobody sends it again. */
const LAST_ACKNOWLEDGEMENT_MS = 1_000;
/** A container that writes nothing needs no connection. */
const IDLE_MS = 60_000;

interface Awaited {
  readonly chunk: string;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** Sends records to the log router of a Pod, one message after the other. */
export class RouterConnection {
  readonly #kube: Pick<KubeClient, "socket">;
  readonly #pod: ObjectRef;
  readonly #signal: AbortSignal;
  #port: PodPort | undefined;
  #awaited: Awaited | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(kube: Pick<KubeClient, "socket">, pod: ObjectRef, signal: AbortSignal) {
    this.#kube = kube;
    this.#pod = pod;
    this.#signal = signal;
  }

  /**
   * Sends records, and resolves when the router has acknowledged them; connects where there is no connection.
   * @throws Error, KubeError or the signal's reason: the router may or may not have them
   */
  async send(tag: string, entries: readonly LogEntry[], members: RecordMembers): Promise<void> {
    clearTimeout(this.#idle);
    const chunk = randomBytes(16).toString("base64");
    const port = await this.#connected();
    this.#signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#awaited = { chunk, resolve, reject };
    const giveUp = (): void => reject(new Error("The log router does not acknowledge."));
    let timer = setTimeout(giveUp, ACKNOWLEDGE_MS);
    const hurry = (): void => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, LAST_ACKNOWLEDGEMENT_MS);
    };
    this.#signal.addEventListener("abort", hurry, { once: true });
    try {
      // Together: a connection that takes nothing must not hold up more than one that answers nothing.
      await Promise.all([promise, port.write(forwardMessage(tag, entries, members, chunk))]);
      this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    } catch (error) {
      this.close(); // an answer that comes late must not be taken for that of another message
      throw error;
    } finally {
      this.#awaited = undefined;
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", hurry);
    }
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#port?.close();
    this.#port = undefined;
  }

  async #connected(): Promise<PodPort> {
    if (this.#port !== undefined && this.#port.closedBy === undefined) return this.#port;
    const answers = new Acknowledgements();
    const port = await openPodPort(this.#kube, this.#pod, FIRELENS_PORT, {
      events: {
        data: (data) => this.#take(answers, data),
        closed: (reason) => this.#awaited?.reject(reason),
      },
      signal: this.#signal,
    });
    this.#port = port;
    return port;
  }

  #take(answers: Acknowledgements, data: Buffer): void {
    try {
      const acknowledged = answers.push(data);
      if (acknowledged !== undefined && acknowledged === this.#awaited?.chunk) this.#awaited.resolve();
    } catch (error) {
      this.#awaited?.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
