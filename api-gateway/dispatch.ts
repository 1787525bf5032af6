import { clientException, EcsError, invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { KubeError } from "#lib/kube/errors.ts";
import { OPERATIONS, TARGET_PREFIX } from "#model/generated/operations.generated.ts";
import type { OperationInput, OperationName, OperationOutput } from "#model/generated/types.generated.ts";
import { validateInput, withoutNulls } from "#model/validate.ts";
import type { Api } from "./api.ts";
import { toEcsError } from "./errors.ts";
import type { Call, Deps, Handler } from "./operation.ts";

/** The operations that are built. */
export type Registry = { readonly [N in OperationName]?: Handler<N> };

/**
 * The ECS API.
 * @param registry the operations; every other one of the model is validated and then refused by name.
 * @param ready resolves when the read side may be asked for this call: it is filled.
 */
export function ecsApi(registry: Registry, deps: Deps, ready: () => Promise<void>): Api {
  async function run<N extends OperationName>(name: N, input: unknown, call: Call): Promise<OperationOutput<N>> {
    const given = withoutNulls(OPERATIONS[name].input, input);
    assertInput(name, given);
    const handler: Handler<N> | undefined = registry[name];
    if (handler === undefined) throw unsupportedFeature(`KECS does not support ${name}.`);
    await ready();
    return handler(given, deps, call);
  }

  return {
    name: "ECS",
    targetPrefix: TARGET_PREFIX,
    operations: new Set(Object.keys(OPERATIONS)),
    async dispatch(operation, input, call) {
      const name = operation as OperationName;
      try {
        return await run(name, input, call);
      } catch (error) {
        throw inOwnTerms(name, error);
      }
    },
  };
}

/** RegisterTaskDefinition says ClientException where other operations say InvalidParameterException. */
function inOwnTerms(operation: OperationName, error: unknown): EcsError {
  const ecsError = toEcsError(error);
  const refused = error instanceof KubeError && ecsError.code === "InvalidParameterException";
  return refused ? invalid(operation, ecsError.message) : ecsError;
}

function invalid(operation: OperationName, message: string): EcsError {
  return operation === "RegisterTaskDefinition" ? clientException(message) : invalidParameter(message);
}

function assertInput<N extends OperationName>(operation: N, input: unknown): asserts input is OperationInput<N> {
  const [problem] = validateInput(operation, input);
  if (problem === undefined) return;
  if (problem.kind === "type") throw new EcsError("SerializationException", problem.message);
  throw invalid(operation, problem.message);
}
