import { OPERATIONS, TARGET_PREFIX } from "#model/generated/autoscaling/operations.generated.ts";
import type { OperationName, Operations } from "#model/generated/autoscaling/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate-autoscaling.ts";
import type { Api } from "../api.ts";
import { jsonApi } from "../json-api.ts";
import type { Deps } from "../operation.ts";
import { autoscalingOperations } from "./operations/index.ts";

/**
 * Application Auto Scaling, as far as it scales services of ECS.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/Welcome.html
 */
export function autoscalingApi(deps: Deps, ready: () => Promise<void>): Api {
  return jsonApi<OperationName, Operations, Deps>(autoscalingOperations, {
    name: "Application Auto Scaling",
    targetPrefix: TARGET_PREFIX,
    operations: OPERATIONS,
    validateInput,
    withoutNulls,
    deps,
    ready,
    codes: { invalid: "ValidationException", server: "InternalServiceException" },
  });
}
