import { OPERATIONS } from "./generated/operations.generated.ts";
import schemas from "./generated/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/types.generated.ts";
import { WIRE } from "./generated/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the ECS API's inputs.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
