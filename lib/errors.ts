/** The fault of an ECS API error: whose mistake it is, which decides between HTTP 400 and 500. */
export type Fault = "client" | "server";

/**
 * An error with an ECS error code, as the API answers it (`__type` and `message`) and as a resource's
 * `Stalled` condition shows it.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
 */
export class EcsError extends Error {
  readonly code: string;
  readonly fault: Fault;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Members of the error's own shape besides `message` (for example `resourceIds` of ConflictException). */
  readonly members: Readonly<Record<string, unknown>>;
  /** Seconds before which another try is in vain, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, options: EcsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.code = code;
    this.fault = serverFaults.has(code) ? "server" : "client";
    this.status = options.status ?? (this.fault === "server" ? 500 : 400);
    this.members = options.members ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

interface EcsErrorOptions {
  readonly cause?: unknown;
  readonly status?: number;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number | undefined;
}

/** Of ECS and of the APIs beside it. */
const serverFaults: ReadonlySet<string> = new Set([
  "ServerException",
  "InternalFailure",
  "ServiceUnavailable",
  "ServiceUnavailableException",
  "InternalException",
  "InternalServerException",
  "InternalServiceException",
]);

/** Bad value of a member that only the service can judge: `InvalidParameterException`, HTTP 400. */
export function invalidParameter(message: string): EcsError {
  return new EcsError("InvalidParameterException", message);
}

/** The request as a whole cannot be served: `ClientException`, HTTP 400. */
export function clientException(message: string): EcsError {
  return new EcsError("ClientException", message);
}

/** `ClusterNotFoundException` in ECS's wording. */
export function clusterNotFound(): EcsError {
  return new EcsError("ClusterNotFoundException", "Cluster not found.");
}

/** The ECS feature is known but not offered here: `UnsupportedFeatureException`, HTTP 400. */
export function unsupportedFeature(message: string): EcsError {
  return new EcsError("UnsupportedFeatureException", message);
}

/** Something on our side failed; `message` never carries inner details, `cause` does (for the log). */
export function serverException(message: string, cause?: unknown, status = 500): EcsError {
  return new EcsError("ServerException", message, { cause, status });
}
