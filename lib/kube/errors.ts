/** `status` of the API server's error answers, `metav1.Status`; everything in it is optional on the wire. */
export interface StatusBody {
  kind?: string;
  status?: string;
  message?: string;
  reason?: string;
  code?: number;
  details?: StatusDetails;
}

/** What a Status says about its subject: which object, which fields (`causes`), how long to wait. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: { reason?: string; message?: string; field?: string }[];
  retryAfterSeconds?: number;
}

interface KubeErrorFields {
  status: number;
  reason: string;
  message: string;
  request?: string | undefined;
  details?: StatusDetails | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/**
 * A request to the Kubernetes API that failed: either the API server's own answer, or, with `status` 0, a request
 * that got no answer (reason `Unreachable`, `Timeout`, `Credentials` or `Malformed`).
 *
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#http-status-codes
 */
export class KubeError extends Error {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The API's machine-readable reason: `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Forbidden`, … */
  readonly reason: string;
  /** Whether the same request may succeed later as it is. A `Conflict` is not: it wants a fresh read first. */
  readonly retryable: boolean;
  /** `METHOD /path` of the request, for logs. */
  readonly request: string | undefined;
  readonly details: StatusDetails | undefined;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(fields: KubeErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = "KubeError";
    this.status = fields.status;
    this.reason = fields.reason;
    this.retryable = fields.status === 0 ? fields.reason !== "Malformed" : retryableStatuses.has(fields.status);
    this.request = fields.request;
    this.details = fields.details;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

const retryableStatuses: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

const reasonsByStatus: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The error that a Status says, as an HTTP body or as the object of a watch's ERROR event. */
export function kubeErrorFromStatus(body: StatusBody, context: { status?: number; request?: string } = {}): KubeError {
  const status = body.code ?? context.status ?? 500;
  const seconds = body.details?.retryAfterSeconds;
  return new KubeError({
    status,
    reason: body.reason ?? reasonsByStatus[status] ?? "Unknown",
    message: body.message ?? `the Kubernetes API server answered HTTP ${status}`,
    request: context.request,
    details: body.details,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
  });
}

/** Whether the object (or its kind) does not exist. */
export function isNotFound(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 404;
}

/** Whether an object of that name exists already. */
export function isAlreadyExists(error: unknown): error is KubeError {
  return error instanceof KubeError && error.reason === "AlreadyExists";
}

/** Whether a write lost against another (old resourceVersion, other uid, a field that another manager owns). */
export function isConflict(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 409 && error.reason !== "AlreadyExists";
}

/** Whether a resourceVersion or continue token is too old to go on from: list anew. */
export function isGone(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 410 || error.reason === "Expired");
}

/** Whether the API server refused the object's content (schema, CEL rule, immutable field, admission). */
export function isInvalid(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 422 || error.status === 400);
}

/** Whether no answer came at all: the write may or may not have been carried out. */
export function isUnreachable(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 0;
}
