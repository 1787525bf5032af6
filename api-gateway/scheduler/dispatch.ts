import { OPERATIONS, ROUTES } from "#model/generated/scheduler/operations.generated.ts";
import type { OperationName, Operations } from "#model/generated/scheduler/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate-scheduler.ts";
import type { Api } from "../api.ts";
import { jsonApi } from "../json-api.ts";
import type { Deps } from "../operation.ts";
import { schedulerOperations } from "./operations/index.ts";

/**
 * EventBridge Scheduler, as far as it starts tasks.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/Welcome.html
 */
export function schedulerApi(deps: Deps, ready: () => Promise<void>): Api {
  return jsonApi<OperationName, Operations, Deps>(schedulerOperations, {
    name: "EventBridge Scheduler",
    routes: ROUTES,
    operations: OPERATIONS,
    validateInput,
    withoutNulls,
    deps,
    ready,
    codes: { invalid: "ValidationException", server: "InternalServerException" },
  });
}
