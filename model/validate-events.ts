import { OPERATIONS } from "./generated/events/operations.generated.ts";
import schemas from "./generated/events/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/events/types.generated.ts";
import { WIRE } from "./generated/events/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the inputs of the EventBridge API, as far as it is served.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
