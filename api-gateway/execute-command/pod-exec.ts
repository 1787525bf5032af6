import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "#lib/kube/client.ts";
import { KubeError, type StatusBody } from "#lib/kube/errors.ts";
import { RESOURCE, resourcePath } from "#lib/kube/resources.ts";
import type { WebSocket } from "ws";
import type { TerminalSize } from "./payloads.ts";

/** What is to run, and where. */
export interface PodCommand {
  readonly namespace: string;
  readonly pod: string;
  /** Name in the Pod. */
  readonly container: string;
  readonly argv: readonly string[];
}

/** How a command ended: with an exit code, or without one for a reason. */
export type PodExit = { readonly exitCode: number } | { readonly failure: string };

export interface PodExecEvents {
  output(data: Buffer): void;
  /** Called once; nothing comes after it. */
  ended(exit: PodExit): void;
}

/** A command that runs in a container, with a terminal. */
export interface PodExec {
  /** @param sent called when the API server has taken it. */
  write(data: Buffer, sent: () => void): void;
  resize(size: TerminalSize): void;
  /** Whether its output is taken at present. */
  take(output: boolean): void;
  /** Interrupts what runs, ends its input, and lets go of it. */
  close(): void;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

/** @see https://kubernetes.io/docs/reference/using-api/websockets/ and k8s.io/apimachinery/pkg/util/remotecommand */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN = 0;
const STDOUT = 1;
const STATUS = 3;
const RESIZE = 4;
/**
 * Container runtimes leave a command running when its terminal's user has gone, so it is ended as a user would do it:
 * Ctrl-C for what runs in a shell, Ctrl-D for the shell, a moment apart because shells drop what was typed ahead.
 */
const HANG_UP = [3, 4, 3, 4, 4].map((key) => Buffer.of(key));
const HANG_UP_EVERY_MS = 200;
/** A peer that vanished without a word is noticed after two of these. */
const PING_MS = 30_000;
const OPEN_TIMEOUT_MS = 15_000;
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * Starts a command through the Kubernetes API.
 * @throws KubeError when the API server refuses or cannot be reached.
 */
export async function startPodExec(
  kube: Pick<KubeClient, "socket">,
  { namespace, pod, container, argv }: PodCommand,
  events: PodExecEvents,
  signal: AbortSignal,
): Promise<PodExec> {
  const query = new URLSearchParams({ container, stdin: "true", stdout: "true", tty: "true" });
  for (const word of argv) query.append("command", word);
  const path = `${resourcePath(RESOURCE.pods, { namespace, name: pod }, "exec")}?${query.toString()}`;
  const socket = await kube.socket(path, PROTOCOLS, { signal, timeoutMs: OPEN_TIMEOUT_MS });
  const stopPings = pingRegularly(socket);
  let exit: PodExit | undefined;
  socket.on("message", (data: Buffer) => {
    const [channel] = data;
    if (channel === STDOUT && data.length > 1) events.output(data.subarray(1));
    else if (channel === STATUS) exit = exitOf(data.subarray(1).toString("utf8"));
  });
  socket.on("error", (error) => (exit ??= { failure: `the connection to the container broke: ${error.message}` }));
  const { promise: closed, resolve: markClosed } = Promise.withResolvers<void>();
  socket.on("close", () => {
    stopPings();
    markClosed();
    events.ended(exit ?? { failure: "the connection to the container broke" });
  });
  socket.resume();

  const send = (channel: number, data: Buffer, sent?: () => void): void => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.of(channel), data]), sent);
    else sent?.();
  };
  return {
    write: (data, sent) => send(STDIN, data, sent),
    resize: ({ cols, rows }) => send(RESIZE, Buffer.from(JSON.stringify({ Width: cols, Height: rows }))),
    take(output) {
      if (output && socket.isPaused) socket.resume();
      else if (!output && !socket.isPaused) socket.pause();
    },
    close: () => void hangUp(socket, (keys) => send(STDIN, keys)),
    closed,
  };
}

async function hangUp(socket: WebSocket, type: (keys: Buffer) => void): Promise<void> {
  socket.resume();
  for (const key of HANG_UP) {
    if (socket.readyState !== socket.OPEN) return;
    type(key);
    await sleep(HANG_UP_EVERY_MS);
  }
  socket.close(1000);
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref();
}

/** Ends a connection whose other end does not answer. @returns stops it. */
function pingRegularly(socket: WebSocket): () => void {
  let answered = true;
  socket.on("pong", () => (answered = true));
  const timer = setInterval(() => {
    // What is held back on purpose tells nothing of the other end.
    if (!answered && !socket.isPaused) return socket.terminate();
    answered = socket.isPaused;
    if (socket.readyState === socket.OPEN) socket.ping();
    return undefined;
  }, PING_MS);
  return () => clearInterval(timer);
}

/** The API server's last word on a command. */
function exitOf(text: string): PodExit {
  let status: StatusBody;
  try {
    status = JSON.parse(text) as StatusBody;
  } catch {
    return { failure: "the container runtime's answer cannot be read" };
  }
  if (status.status === "Success") return { exitCode: 0 };
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  return code === undefined ? { failure: status.message ?? "the command failed" } : { exitCode: Number(code) };
}

/** Why a command could not be started, for the user: nothing of the installation's inside. */
export function startFailure(error: unknown): string {
  if (!(error instanceof KubeError)) return "the command could not be started";
  if (error.status === 403) return "Kubernetes does not permit commands in this container";
  if (error.status === 404) return "the task has stopped";
  if (error.status === 0) return "the Kubernetes API server cannot be reached";
  return "the container cannot run commands now";
}
