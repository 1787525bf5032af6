import { OPERATIONS, TARGET_PREFIX } from "#model/generated/events/operations.generated.ts";
import type { OperationName, Operations } from "#model/generated/events/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate-events.ts";
import type { Api } from "../api.ts";
import { jsonApi } from "../json-api.ts";
import type { Deps } from "../operation.ts";
import { eventsOperations } from "./operations/index.ts";

/**
 * EventBridge, as far as its rules start tasks by a schedule.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/Welcome.html
 */
export function eventsApi(deps: Deps, ready: () => Promise<void>): Api {
  return jsonApi<OperationName, Operations, Deps>(eventsOperations, {
    name: "EventBridge",
    targetPrefix: TARGET_PREFIX,
    operations: OPERATIONS,
    validateInput,
    withoutNulls,
    deps,
    ready,
    codes: { invalid: "ValidationException", server: "InternalException" },
  });
}
