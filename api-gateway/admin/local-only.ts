import type { IncomingMessage } from "node:http";

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
/** Names and addresses under which a program, not a web page of somebody else's, calls this machine. */
const OWN_HOST = /^(localhost|[\d.]+|\[[\da-f:.]+\])(:\d+)?$/i;

/**
 * Why a request may not read the history; undefined where it may. There are no passwords, so only programs on this
 * machine (or, in a cluster, those that `kubectl port-forward` brings) may, and no web page, whatever name it gives us.
 */
export function notLocal({ socket, headers }: Pick<IncomingMessage, "socket" | "headers">): string | undefined {
  if (!LOOPBACK.test(socket.remoteAddress ?? "")) {
    return "Only for programs on this machine. On a cluster: kubectl -n kecs-system port-forward deploy/kecs-gateway 8081";
  }
  const fromPage = headers.origin !== undefined || (headers["sec-fetch-site"] ?? "none") !== "none";
  if (fromPage || !OWN_HOST.test(headers.host ?? "")) return "Not for web pages.";
  return undefined;
}
