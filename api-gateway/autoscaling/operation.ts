import type {
  OperationInput,
  OperationName,
  OperationOutput,
  Operations,
} from "#model/generated/autoscaling/types.generated.ts";
import type { JsonRegistry } from "../json-api.ts";
import type { Call, Deps } from "../operation.ts";

/** An operation of Application Auto Scaling: input that the model has validated, to output, or an EcsError. */
export type AutoscalingHandler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: Deps,
  call: Call,
) => Promise<OperationOutput<N>>;

export type AutoscalingRegistry = JsonRegistry<OperationName, Operations, Deps>;
