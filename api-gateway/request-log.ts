import type { Logger } from "#lib/log.ts";
import { isRead } from "./audit/audit.ts";

/** A request that was answered. */
export interface AnsweredRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  /** Undefined where the request names none. */
  readonly operation: string | undefined;
  readonly status: number;
  /** `OK` or the ECS error code. */
  readonly code: string;
  readonly seconds: number;
  readonly accessKeyId: string | undefined;
  readonly userAgent: string;
  readonly remote: string;
}

const PATH_MAX = 200;
/** A read that takes longer is worth a line. */
const SLOW_SECONDS = 1;

/**
 * Logs a request, without its body. Of calls that only read and were answered soon there are thousands a second, which
 * metrics count: they are logged with the level debug alone.
 * @param all whether those are logged, too
 */
export function logRequest(log: Logger, request: AnsweredRequest, all: boolean): void {
  const { requestId, method, path, operation, status, code, seconds, accessKeyId, userAgent, remote } = request;
  const plain = code === "OK" && seconds < SLOW_SECONDS && operation !== undefined && isRead(operation);
  if (plain && !all) return;
  log[plain ? "debug" : "info"]("Request", {
    requestId,
    method,
    ...(operation === undefined ? { path: path.slice(0, PATH_MAX) } : { operation }),
    status,
    code,
    durationMs: Math.round(seconds * 1000),
    ...(accessKeyId !== undefined && { accessKeyId }),
    userAgent,
    remote,
  });
}
