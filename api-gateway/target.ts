import { EcsError } from "#lib/errors.ts";
import type { Api, Target } from "./api.ts";

const QUOTED_MAX = 128;

/**
 * The operation that an `X-Amz-Target` header means, as `AmazonEC2ContainerServiceV20141113.ListClusters`.
 * @param apis the APIs that are served, the one that users look for first
 * @throws EcsError `MissingAction` without a header, `UnknownOperationException` for what the APIs do not have.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
 */
export function operationOfTarget(apis: readonly [Api, ...Api[]], target: string | undefined): Target {
  if (target === undefined || target === "") {
    throw new EcsError(
      "MissingAction",
      `The request has no X-Amz-Target header. It names the action: ${apis[0].targetPrefix}.ListClusters`,
    );
  }
  const [prefix, action, ...rest] = target.split(".");
  const api = apis.find(({ targetPrefix }) => targetPrefix !== "" && targetPrefix === prefix);
  if (api === undefined || action === undefined || rest.length > 0) throw unknownOperation(apis[0], target);
  return operationNamed(api, action);
}

/**
 * The operation of that name.
 * @throws EcsError `UnknownOperationException`.
 */
export function operationNamed(api: Api, operation: string): Target {
  if (!api.operations.has(operation)) throw unknownOperation(api, operation);
  return { api, operation };
}

function unknownOperation({ name }: Api, what: string): EcsError {
  const shown = what.length > QUOTED_MAX ? `${what.slice(0, QUOTED_MAX)}...` : what;
  return new EcsError("UnknownOperationException", `The ${name} API has no operation ${shown}`);
}
