import { EcsError, invalidParameter } from "#lib/errors.ts";
import { OPERATIONS, TARGET_PREFIX } from "#model/generated/logs/operations.generated.ts";
import type { OperationInput, OperationName, OperationOutput } from "#model/generated/logs/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate-logs.ts";
import type { Api } from "../api.ts";
import { toEcsError } from "../errors.ts";
import type { LogsDeps, LogsHandler, LogsRegistry } from "./operation.ts";

/**
 * CloudWatch Logs, as far as it shows what containers wrote.
 * @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html
 */
export function logsApi(registry: LogsRegistry, deps: LogsDeps): Api {
  async function run<N extends OperationName>(name: N, input: unknown): Promise<OperationOutput<N>> {
    const given = withoutNulls(OPERATIONS[name].input, input);
    assertInput(name, given);
    const handler: LogsHandler<N> = registry[name];
    return handler(given, deps);
  }

  return {
    name: "CloudWatch Logs",
    targetPrefix: TARGET_PREFIX,
    operations: new Set(Object.keys(OPERATIONS)),
    async dispatch(operation, input) {
      try {
        return await run(operation as OperationName, input);
      } catch (error) {
        throw inOwnTerms(toEcsError(error));
      }
    },
  };
}

function assertInput<N extends OperationName>(operation: N, input: unknown): asserts input is OperationInput<N> {
  const [problem] = validateInput(operation, input);
  if (problem === undefined) return;
  if (problem.kind === "type") throw new EcsError("SerializationException", problem.message);
  throw invalidParameter(`1 validation error detected: ${problem.message}`);
}

/** What ECS calls ServerException is ServiceUnavailableException here. */
function inOwnTerms(error: EcsError): EcsError {
  if (error.code !== "ServerException") return error;
  return new EcsError("ServiceUnavailableException", error.message, {
    cause: error.cause ?? error,
    status: error.status,
  });
}
