import { clientException, EcsError, invalidParameter, serverException } from "#lib/errors.ts";
import { KubeError } from "#lib/kube/errors.ts";
import { DatabaseUnavailableError, storeErrorKind } from "#projector/store-errors.ts";

/** What ECS itself says when something behind it fails. */
const UNAVAILABLE = "Service Unavailable. Please try again later.";

/**
 * Any failure of a call as the ECS error that is answered. What is not the caller's fault becomes a ServerException
 * without inner text; the cause is kept for the log.
 */
export function toEcsError(error: unknown): EcsError {
  if (error instanceof EcsError) return error;
  if (error instanceof KubeError) return fromKubernetes(error);
  if (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError")) {
    return serverException("The request took too long. Please try again later.", error, 503);
  }
  if (storeErrorKind(error) !== "invalid") return databaseAway(error);
  return serverException(UNAVAILABLE, error);
}

function databaseAway(error: unknown): EcsError {
  const retryAfterSeconds = error instanceof DatabaseUnavailableError ? error.retryAfterSeconds : 1;
  const message = "KECS cannot read its database at the moment. Please try again later.";
  return new EcsError("ServerException", message, { cause: error, status: 503, retryAfterSeconds });
}

/** The only place where the Kubernetes API's failures become ECS errors. */
function fromKubernetes(error: KubeError): EcsError {
  const { status, reason } = error;
  if (status === 0) return serverException("The Kubernetes API server cannot be reached.", error, 503);
  if (status === 404) return clientException("The resource is gone. Another caller has deleted it.");
  if (reason === "AlreadyExists") return clientException(`A Kubernetes object is in the way: ${error.message}`);
  if (status === 409) return serverException("The resource is being changed by others. Please try again.", error, 503);
  if (status === 400 || status === 422) return invalidParameter(refusal(error));
  if (status === 403) {
    return new EcsError("AccessDeniedException", "Kubernetes does not permit this operation.", { cause: error });
  }
  if (status === 413) return clientException("The resource would be too large for Kubernetes.");
  return serverException(UNAVAILABLE, error, status === 429 || status >= 500 ? 503 : 500);
}

/** The API server's own words about the members of a resource that it refused. */
function refusal({ details, message }: KubeError): string {
  const causes = (details?.causes ?? []).map(({ field = "", message: said = "" }) =>
    `${field.replace(/^spec\./, "")}: ${said}`.replace(/^: /, ""),
  );
  return causes.length > 0 ? causes.join("; ") : message;
}

/** The JSON of an error's answer. */
export function errorBody(error: EcsError): string {
  return JSON.stringify({ __type: error.code, message: error.message, ...error.members });
}
