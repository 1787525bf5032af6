import { EcsError } from "#lib/errors.ts";
import type { DiscoveryHandler } from "../operation.ts";

const TYPES = {
  c: "CREATE_NAMESPACE",
  d: "DELETE_NAMESPACE",
  n: "UPDATE_NAMESPACE",
  u: "UPDATE_SERVICE",
} as const;

/**
 * Id of an operation on a namespace or service. What it did is done when it answers, so its id says all that there is to
 * know.
 */
export function operationId(type: keyof typeof TYPES, id: string): string {
  return `${type}-${id}`;
}

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_GetOperation.html */
export const getOperation: DiscoveryHandler<"GetOperation"> = async ({ OperationId }, { identity }) => {
  const [, letter, id] = /^([cdnu])-(.+)$/.exec(OperationId) ?? [];
  if (letter === undefined || id === undefined) {
    throw new EcsError("OperationNotFound", `Operation ${OperationId} was not found.`);
  }
  const type = TYPES[letter as keyof typeof TYPES];
  return {
    Operation: {
      Id: OperationId,
      OwnerAccount: identity.accountId,
      Type: type,
      Status: "SUCCESS",
      Targets: { [type === "UPDATE_SERVICE" ? "SERVICE" : "NAMESPACE"]: id },
    },
  };
};
