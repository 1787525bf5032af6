import { OPERATIONS } from "./generated/logs/operations.generated.ts";
import schemas from "./generated/logs/schemas.generated.json" with { type: "json" };
import type { OperationName } from "./generated/logs/types.generated.ts";
import { WIRE } from "./generated/logs/wire.generated.ts";
import { createValidator } from "./validator.ts";

/**
 * The checks of the inputs of the CloudWatch Logs API, as far as it is served.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
 */
export const { validateInput, withoutNulls } = createValidator<OperationName>({
  operations: OPERATIONS,
  schemas,
  wire: WIRE,
});
