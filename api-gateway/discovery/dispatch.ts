import { EcsError } from "#lib/errors.ts";
import { OPERATIONS, TARGET_PREFIX } from "#model/generated/servicediscovery/operations.generated.ts";
import type {
  OperationInput,
  OperationName,
  OperationOutput,
} from "#model/generated/servicediscovery/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate-discovery.ts";
import type { Api } from "../api.ts";
import { toEcsError } from "../errors.ts";
import { invalidInput } from "./errors.ts";
import type { DiscoveryDeps, DiscoveryHandler, DiscoveryRegistry } from "./operation.ts";

/**
 * AWS Cloud Map, as far as ECS services register with it: namespaces and services, kept as resources of Kubernetes.
 * @see https://docs.aws.amazon.com/cloud-map/latest/api/Welcome.html
 */
export function discoveryApi(registry: DiscoveryRegistry, deps: DiscoveryDeps): Api {
  async function run<N extends OperationName>(
    name: N,
    input: unknown,
    signal: AbortSignal,
  ): Promise<OperationOutput<N>> {
    const given = withoutNulls(OPERATIONS[name].input, input);
    assertInput(name, given);
    const handler: DiscoveryHandler<N> = registry[name];
    return handler(given, deps, signal);
  }

  return {
    name: "Cloud Map",
    targetPrefix: TARGET_PREFIX,
    operations: new Set(Object.keys(OPERATIONS)),
    async dispatch(operation, input, { signal }) {
      try {
        return await run(operation as OperationName, input, signal);
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
  throw invalidInput(problem.message);
}

/** Cloud Map says InvalidInput where ECS says InvalidParameterException. */
function inOwnTerms(error: EcsError): EcsError {
  return error.code === "InvalidParameterException" ? invalidInput(error.message) : error;
}
