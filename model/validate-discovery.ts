import { OPERATIONS } from "./generated/servicediscovery/operations.generated.ts";
import schemas from "./generated/servicediscovery/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/servicediscovery/types.generated.ts";
import { WIRE } from "./generated/servicediscovery/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the inputs of the Cloud Map API, as far as it is served.
 * @see https://docs.aws.amazon.com/cloud-map/latest/api/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
