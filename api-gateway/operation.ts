import type { Config } from "#lib/config.ts";
import type { Identity } from "#lib/ecs/arns.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { KubeObject, ResourceType } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import type { OperationInput, OperationName, OperationOutput } from "#model/generated/types.generated.ts";
import type { Queries } from "#projector/queries.ts";
import type { AccountSettings } from "./account-settings/store.ts";
import type { Serial } from "./common/serial.ts";
import type { ExecuteCommands } from "./execute-command/execute-command.ts";

/** What an operation works with. */
export interface Deps {
  readonly kube: KubeClient;
  readonly queries: Queries;
  readonly identity: Identity;
  readonly config: Config;
  readonly log: Logger;
  /** Turns of the callers of this gateway that change the same thing. */
  readonly serial: Serial;
  readonly accountSettings: AccountSettings;
  /** Sessions with commands in containers. */
  readonly executeCommands: Pick<ExecuteCommands, "grant">;
  /** The last revision of each family that this gateway registered, ahead of the read side; forgets old ones. */
  readonly lastRevisions: { get(family: string): number | undefined; set(family: string, revision: number): unknown };
  now(): Date;
  /** Notes a write, so that later reads through this gateway wait until they can see it. */
  wrote(resource: ResourceType, object: KubeObject): void;
}

/** One call of an operation. */
export interface Call {
  readonly requestId: string;
  readonly accessKeyId?: string;
  /** Scheme, host and port at which the caller reaches this gateway with WebSockets, where its request tells. */
  readonly socketOrigin?: string;
  readonly signal: AbortSignal;
}

/** An ECS operation: input that the model has validated, to output in the API's shape, or an EcsError. */
export type Handler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: Deps,
  call: Call,
) => Promise<OperationOutput<N>>;
