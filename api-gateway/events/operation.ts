import type {
  OperationInput,
  OperationName,
  OperationOutput,
  Operations,
} from "#model/generated/events/types.generated.ts";
import type { JsonRegistry } from "../json-api.ts";
import type { Call, Deps } from "../operation.ts";

/** An operation of EventBridge: input that the model has validated, to output, or an EcsError. */
export type EventsHandler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: Deps,
  call: Call,
) => Promise<OperationOutput<N>>;

export type EventsRegistry = JsonRegistry<OperationName, Operations, Deps>;
