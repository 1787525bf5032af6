import { EcsError } from "#lib/errors.ts";

/** One or more of the values are not allowed. */
export function invalidInput(message: string): EcsError {
  return new EcsError("InvalidInput", message);
}

export function namespaceNotFound(reference: string): EcsError {
  return new EcsError("NamespaceNotFound", `Namespace ${reference} was not found.`);
}

export function serviceNotFound(reference: string): EcsError {
  return new EcsError("ServiceNotFound", `Service ${reference} was not found.`);
}

export function resourceNotFound(arn: string): EcsError {
  return new EcsError("ResourceNotFoundException", `Resource not found: ${arn}`);
}
