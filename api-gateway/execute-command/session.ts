import type { KubeClient } from "#lib/kube/client.ts";
import type { Logger } from "#lib/log.ts";
import type { WebSocket } from "ws";
import { MalformedMessage } from "./agent-message.ts";
import { DataChannel } from "./data-channel.ts";
import type { TerminalSize } from "./payloads.ts";
import { type PodCommand, type PodExec, type PodExit, startFailure, startPodExec } from "./pod-exec.ts";

export interface SessionOptions {
  readonly sessionId: string;
  readonly command: PodCommand;
  readonly kube: Pick<KubeClient, "socket">;
  readonly log: Logger;
  /** After so long without typing or output, or without an acknowledgement, the session ends. */
  readonly idleTimeoutMs: number;
  /** Is told what the user's terminal shows. */
  readonly transcript?: { write(output: Buffer): void } | undefined;
}

/** How a session ended, for the log. */
export interface SessionEnd {
  readonly reason: string;
  readonly exitCode?: number;
}

/** Above this the command's output waits in the container … */
const OUTPUT_HIGH_BYTES = 2 * 1024 * 1024;
/** … until it is below this. */
const OUTPUT_LOW_BYTES = 512 * 1024;
/** Above this what the user types waits at the user's. Far less than for output, or an echo could block both. */
const INPUT_HIGH_BYTES = 256 * 1024;
const TICK_MS = 100;
/** Below the minute after which proxies take a silent connection for dead. */
const PING_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 15_000;
/** How long the last output may take to arrive. */
const FLUSH_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * A user's terminal on a command in a container: joins the client's data channel to the command. Either side holds the
 * other back when it is slower. Ends with the command, with the client's connection, after the idle time, or when it
 * is told to.
 */
export class Session {
  /** Resolves when the session is over: the client is gone, and the command let go. */
  readonly ended: Promise<SessionEnd>;
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  readonly #channel: DataChannel;
  readonly #aborted = new AbortController();
  readonly #opened = performance.now();
  readonly #timers: readonly NodeJS.Timeout[];
  #lastActivity = performance.now();
  #ready = false;
  #exec: PodExec | undefined;
  #size: TerminalSize | undefined;
  #inputBytes = 0;
  /** Before the command has begun. */
  readonly #typedAhead: Buffer[] = [];
  /** Set once; what comes after it is only the arrival of what was printed. */
  #ending: { readonly end: SessionEnd; readonly said: string; readonly at: number } | undefined;

  /** @param socket the client's, after its first frame. */
  constructor(socket: WebSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#channel = new DataChannel({
      now: () => performance.now(),
      send: (frame) => socket.readyState === socket.OPEN && socket.send(frame),
      ready: () => void this.#start(),
      input: (data) => this.#onInput(data),
      resize: (size) => this.#onResize(size),
      terminate: () => this.#stop({ reason: "the client ended it" }, ""),
      failed: (why) => this.end(why),
    });
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => socket.readyState === socket.OPEN && socket.ping(), PING_MS),
    ];
    socket.on("message", (frame: Buffer, binary) => binary && this.#onFrame(frame));
    this.ended = new Promise((resolve) => {
      socket.on("close", () => {
        this.#stop({ reason: "the client went away" }, "");
        for (const timer of this.#timers) clearInterval(timer);
        const end = this.#ending?.end ?? { reason: "the client went away" };
        resolve(Promise.resolve(this.#exec?.closed).then(() => end));
      });
    });
    this.#channel.open();
  }

  /** Ends it, and tells the user why. */
  end(why: string): void {
    this.#stop({ reason: why }, why);
  }

  async #start(): Promise<void> {
    const { kube, command, log, sessionId } = this.#options;
    this.#ready = true;
    const events = { output: (data: Buffer) => this.#onOutput(data), ended: (exit: PodExit) => this.#onExit(exit) };
    try {
      this.#exec = await startPodExec(kube, command, events, this.#aborted.signal);
    } catch (error) {
      if (this.#aborted.signal.aborted) return;
      log.warn("A command could not be started", { sessionId, error });
      return this.end(startFailure(error));
    }
    if (this.#ending !== undefined) return this.#exec.close();
    if (this.#size !== undefined) this.#exec.resize(this.#size);
    for (const data of this.#typedAhead.splice(0)) this.#write(this.#exec, data);
    return undefined;
  }

  #onFrame(frame: Buffer): void {
    try {
      this.#channel.receive(frame);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.end(error.message);
    }
    this.#holdBackOutput();
  }

  #onInput(data: Buffer): void {
    this.#lastActivity = performance.now();
    this.#inputBytes += data.length;
    if (this.#inputBytes > INPUT_HIGH_BYTES) this.#socket.pause();
    if (this.#exec === undefined) this.#typedAhead.push(data);
    else this.#write(this.#exec, data);
  }

  #write(exec: PodExec, data: Buffer): void {
    exec.write(data, () => {
      this.#inputBytes -= data.length;
      if (this.#inputBytes <= INPUT_HIGH_BYTES && this.#socket.isPaused) this.#socket.resume();
    });
  }

  #onResize(size: TerminalSize): void {
    this.#size = size;
    this.#exec?.resize(size);
  }

  #onOutput(data: Buffer): void {
    if (this.#ending !== undefined) return;
    this.#lastActivity = performance.now();
    this.#channel.output(data);
    this.#options.transcript?.write(data);
    this.#holdBackOutput();
  }

  #onExit(exit: PodExit): void {
    if ("failure" in exit) return this.end(exit.failure);
    const { exitCode } = exit;
    const said = exitCode === 0 ? "" : `The command ended with exit code ${exitCode}`;
    return this.#stop({ reason: "the command ended", exitCode }, said);
  }

  #holdBackOutput(): void {
    const waiting = Math.max(this.#channel.unacknowledgedBytes, this.#socket.bufferedAmount);
    if (waiting > OUTPUT_HIGH_BYTES) this.#exec?.take(false);
    else if (waiting < OUTPUT_LOW_BYTES) this.#exec?.take(true);
  }

  /** Ends the command at once, and the channel when what was printed has arrived. */
  #stop(end: SessionEnd, said: string): void {
    if (this.#ending !== undefined) return;
    this.#ending = { end, said, at: performance.now() };
    this.#aborted.abort();
    this.#exec?.close();
    if (this.#socket.isPaused) this.#socket.resume();
    this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    // With frames still in our own buffer, a missing acknowledgement means a slow reader, not a loss.
    if (this.#socket.bufferedAmount === 0) this.#channel.resendOverdue();
    if (this.#ending !== undefined) {
      const arrived = this.#channel.unacknowledgedBytes === 0;
      if (arrived || now - this.#ending.at > FLUSH_TIMEOUT_MS) this.#close(this.#ending.said);
      return;
    }
    this.#holdBackOutput();
    const late = this.#overdue(now);
    if (late !== undefined) this.end(late);
  }

  #overdue(now: number): string | undefined {
    const { idleTimeoutMs } = this.#options;
    if (!this.#ready && now - this.#opened > HANDSHAKE_TIMEOUT_MS) return "the handshake timed out";
    if (now - this.#lastActivity > idleTimeoutMs) return "the session was idle for too long";
    if (this.#channel.silentMs > idleTimeoutMs) return "the client does not acknowledge what it is sent";
    return undefined;
  }

  #close(said: string): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#channel.close(this.#options.sessionId, said);
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }
}
