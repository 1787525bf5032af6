import type { Call } from "./operation.ts";

/** One AWS API that is served: what it is called, how requests name it, and what answers them. */
export interface Api {
  /** For messages: `ECS`. */
  readonly name: string;
  /** What stands before the dot in `X-Amz-Target`; empty for an API whose operations have paths of their own. */
  readonly targetPrefix: string;
  /** The paths of a REST JSON API's operations. */
  readonly routes?: Readonly<Record<string, Route>>;
  /** Names of its operations. */
  readonly operations: ReadonlySet<string>;
  /** Runs one of {@link operations} on an unchecked input. @throws EcsError whatever goes wrong */
  readonly dispatch: (operation: string, input: unknown, call: Call) => Promise<object>;
}

/** Where an operation of a REST JSON API is. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/schedules/{Name}`: a member of the input in braces. */
  readonly path: string;
  /** Parameters of the query by their names. */
  readonly query: Readonly<Record<string, { readonly member: string; readonly type: "string" | "integer" }>>;
}

/** An operation of an API, as a request names it. */
export interface Target {
  readonly api: Api;
  readonly operation: string;
}
