import { OPERATIONS } from "./generated/scheduler/operations.generated.ts";
import schemas from "./generated/scheduler/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/scheduler/types.generated.ts";
import { WIRE } from "./generated/scheduler/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the inputs of the EventBridge Scheduler API.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
