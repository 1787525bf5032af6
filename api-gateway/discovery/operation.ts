import type { Identity } from "#lib/ecs/arns.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type {
  OperationInput,
  OperationName,
  OperationOutput,
} from "#model/generated/servicediscovery/types.generated.ts";

/** What an operation of Cloud Map works with. */
export interface DiscoveryDeps {
  readonly kube: KubeClient;
  readonly identity: Identity;
}

/** An operation: input that the model has validated, to output in the API's shape, or an EcsError. */
export type DiscoveryHandler<N extends OperationName> = (
  input: OperationInput<N>,
  deps: DiscoveryDeps,
  signal: AbortSignal,
) => Promise<OperationOutput<N>>;

/** The operations that are served: all of the model. */
export type DiscoveryRegistry = { readonly [N in OperationName]: DiscoveryHandler<N> };
