import type {
  OperationInput,
  OperationName,
  OperationOutput,
  Operations,
} from "#model/generated/scheduler/types.generated.ts";
import type { JsonRegistry } from "../json-api.ts";
import type { Call, Deps } from "../operation.ts";

/** An operation of EventBridge Scheduler: input that the model has validated, to output, or an EcsError. */
export type SchedulerHandler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: Deps,
  call: Call,
) => Promise<OperationOutput<N>>;

export type SchedulerRegistry = JsonRegistry<OperationName, Operations, Deps>;
