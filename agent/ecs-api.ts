import { TARGET_PREFIX } from "#model/generated/operations.generated.ts";
import type { CallEcs } from "./protection.ts";

const TIMEOUT_MS = 10_000;

/**
 * The ECS API at `url`, as a client sees it: what the agent changes, it changes there, so it needs no right to write
 * in Kubernetes.
 */
export function ecsApi(url: string): CallEcs {
  return async (operation, input, signal) => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `${TARGET_PREFIX}.${operation}` },
      body: JSON.stringify(input),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const body: unknown = await response.json();
    return {
      status: response.status,
      requestId: response.headers.get("x-amzn-requestid") ?? "",
      body: typeof body === "object" && body !== null ? { ...body } : {},
    };
  };
}
