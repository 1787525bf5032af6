import { OPERATIONS } from "./generated/autoscaling/operations.generated.ts";
import schemas from "./generated/autoscaling/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/autoscaling/types.generated.ts";
import { WIRE } from "./generated/autoscaling/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the inputs of the Application Auto Scaling API, as far as it is served.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
