import type { Identity } from "#lib/ecs/arns.ts";
import type { LogGroups } from "#logs/log-groups.ts";
import type { LogQueries } from "#logs/log-queries.ts";
import type { OperationInput, OperationName, OperationOutput } from "#model/generated/logs/types.generated.ts";

/** What an operation of CloudWatch Logs works with. */
export interface LogsDeps {
  readonly identity: Identity;
  readonly queries: LogQueries;
  readonly groups: LogGroups;
  readonly now: () => Date;
}

/** An operation: input that the model has validated, to output in the API's shape, or an EcsError. */
export type LogsHandler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: LogsDeps,
) => Promise<OperationOutput<N>>;

/** The operations that are served: all of the model. */
export type LogsRegistry = { readonly [N in OperationName]: LogsHandler<N> };
