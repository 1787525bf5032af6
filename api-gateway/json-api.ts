import { EcsError, invalidParameter } from "#lib/errors.ts";
import type { ValidationProblem } from "#model/validator.ts";
import type { Api, Route } from "./api.ts";
import { toEcsError } from "./errors.ts";
import type { Call } from "./operation.ts";

/** Input and output of each operation of an API, as generated from its model. */
type OperationTypes<N extends string> = Record<N, { input: object; output: object }>;

/** The operations of an API, each from validated input to output or an EcsError. */
export type JsonRegistry<N extends string, O extends OperationTypes<N>, D> = {
  readonly [K in N]: (input: O[K]["input"], deps: D, call: Call) => Promise<O[K]["output"]>;
};

export interface JsonApiOptions<N extends string, D> {
  /** For messages: `EventBridge`. */
  readonly name: string;
  /** What stands before the dot in `X-Amz-Target`; of a REST API nothing. */
  readonly targetPrefix?: string;
  readonly routes?: Readonly<Record<N, Route>>;
  readonly operations: Readonly<Record<N, { readonly input: string }>>;
  readonly validateInput: (operation: N, input: unknown) => ValidationProblem[];
  readonly withoutNulls: (shape: string, value: unknown) => unknown;
  readonly deps: D;
  /** Resolves when the read side may be asked for this call. */
  readonly ready: () => Promise<void>;
  /** What the API calls ECS's InvalidParameterException and ServerException. */
  readonly codes: { readonly invalid: string; readonly server: string };
}

/** An API beside that of ECS, served from its model and its operations. */
export function jsonApi<N extends string, O extends OperationTypes<N>, D>(
  registry: JsonRegistry<N, O, D>,
  options: JsonApiOptions<N, D>,
): Api {
  const { operations, codes, deps, ready } = options;

  async function run(name: N, input: unknown, call: Call): Promise<object> {
    const given = options.withoutNulls(operations[name].input, input);
    assertValid(options.validateInput(name, given));
    await ready();
    return registry[name](given as O[N]["input"], deps, call);
  }

  return {
    name: options.name,
    targetPrefix: options.targetPrefix ?? "",
    ...(options.routes && { routes: options.routes }),
    operations: new Set(Object.keys(operations)),
    async dispatch(operation, input, call) {
      try {
        return await run(operation as N, input, call);
      } catch (error) {
        throw inOwnTerms(toEcsError(error), codes);
      }
    },
  };
}

function assertValid([problem]: readonly ValidationProblem[]): void {
  if (problem === undefined) return;
  if (problem.kind === "type") throw new EcsError("SerializationException", problem.message);
  throw invalidParameter(`1 validation error detected: ${problem.message}`);
}

const INVALID: ReadonlySet<string> = new Set([
  "InvalidParameterException",
  "ClientException",
  "UnsupportedFeatureException",
  "ClusterNotFoundException",
]);

function inOwnTerms(error: EcsError, { invalid, server }: JsonApiOptions<string, unknown>["codes"]): EcsError {
  const code = INVALID.has(error.code) ? invalid : error.code === "ServerException" ? server : error.code;
  if (code === error.code) return error;
  const { message, status, retryAfterSeconds } = error;
  return new EcsError(code, message, { cause: error.cause ?? error, status, retryAfterSeconds });
}
