import type { WebSocket } from "ws";
import type { KubeClient } from "#lib/kube/client.ts";
import { type ObjectRef, RESOURCE, resourcePath } from "#lib/kube/resources.ts";

/** A TCP connection to a port on a Pod's loopback, through the Kubernetes API. */
export interface PodPort {
  /** Resolves when the API server's connection has taken it. @throws Error when the connection is closed */
  write(data: Buffer): Promise<void>;
  /** Lets go of it at once. */
  close(): void;
  /** Why it is closed; undefined while it is open. */
  readonly closedBy: Error | undefined;
}

export interface PodPortEvents {
  data(data: Buffer): void;
  /** Called once; nothing comes after it. */
  closed(reason: Error): void;
}

/** What follows from the ports' order in the request: each has a channel for data and one for errors. */
const DATA = 0;
const ERROR = 1;
/** The first message of each channel is the port's number. */
const PORT_BYTES = 2;
const PROTOCOLS = ["v4.channel.k8s.io"];
const OPEN_TIMEOUT_MS = 15_000;

/**
 * Connects to a port of a Pod, also one that only its own containers reach. Whether something listens there shows
 * only later: the connection is closed then.
 * @throws KubeError when the API server refuses or cannot be reached, or the signal's reason
 * @see https://kubernetes.io/docs/reference/using-api/websockets/
 */
export async function openPodPort(
  kube: Pick<KubeClient, "socket">,
  pod: ObjectRef,
  port: number,
  { events, signal }: { readonly events: PodPortEvents; readonly signal: AbortSignal },
): Promise<PodPort> {
  const path = `${resourcePath(RESOURCE.pods, pod, "portforward")}?ports=${port}`;
  const socket = await kube.socket(path, PROTOCOLS, { signal, timeoutMs: OPEN_TIMEOUT_MS });
  let closedBy: Error | undefined;
  const end = (reason: Error): void => {
    if (closedBy !== undefined) return;
    closedBy = reason;
    socket.terminate();
    events.closed(reason);
  };
  socket.on("message", (message: Buffer) => take(message));
  socket.on("error", (error) => end(error));
  socket.on("close", () => end(new Error("The connection to the Pod's port was closed.")));
  socket.resume();

  const begun = new Set<number>();
  function take(message: Buffer): void {
    const [channel = DATA] = message;
    const data = message.subarray(begun.has(channel) ? 1 : 1 + PORT_BYTES);
    begun.add(channel);
    if (data.length === 0) return;
    if (channel === ERROR) end(new Error(`The Pod's port cannot be reached: ${data.toString("utf8").trim()}`));
    else if (channel === DATA) events.data(data);
  }

  return {
    write: (data) => (closedBy ? Promise.reject(closedBy) : send(socket, data)),
    close: () => end(new Error("The connection to the Pod's port was given up.")),
    get closedBy() {
      return closedBy;
    },
  };
}

function send(socket: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(Buffer.concat([Buffer.of(DATA), data]), (error) => (error ? reject(error) : resolve()));
  });
}
