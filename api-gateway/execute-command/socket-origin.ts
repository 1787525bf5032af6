import type { IncomingHttpHeaders } from "node:http";

/** A host with an optional port; no user, path or blanks. */
const HOST = /^(\[[0-9a-f:.]+\]|[-a-z0-9._]+)(:\d{1,5})?$/i;

/**
 * Where the caller of a request reaches this gateway with WebSockets, as it has reached it with HTTP: its own Host
 * header, and TLS where a proxy has taken that off. Undefined where the request does not say.
 */
export function socketOrigin(headers: IncomingHttpHeaders): string | undefined {
  const { host = "" } = headers;
  if (!HOST.test(host)) return undefined;
  const [scheme = ""] = String(headers["x-forwarded-proto"] ?? "").split(",");
  return `${scheme.trim().toLowerCase() === "https" ? "wss" : "ws"}://${host}`;
}
