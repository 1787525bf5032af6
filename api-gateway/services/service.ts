import { describeService } from "#lib/ecs/describe/service.ts";
import { EcsError } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSService, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Service } from "#model/generated/types.generated.ts";
import type { Ref } from "#projector/queries.ts";
import type { Call, Deps } from "../operation.ts";
import { requireCluster } from "../clusters/cluster.ts";
import { shortNameOf } from "../common/references.ts";

/** A service that a call is to change. */
export interface CalledService {
  /** ECS name of its cluster. */
  readonly cluster: string;
  readonly ref: Ref;
  /** As the API server has it now. */
  readonly resource: ECSService;
}

/** There is no such service, or there was one long ago. */
export function serviceNotFound(): EcsError {
  return new EcsError("ServiceNotFoundException", "Service not found.");
}

/** The service is being deleted or is gone. */
export function serviceNotActive(): EcsError {
  return new EcsError("ServiceNotActiveException", "Service was not ACTIVE.");
}

/**
 * The service that a call names (name or ARN), read anew from the API server, whoever made it.
 * @throws EcsError `ClusterNotFoundException`, `ServiceNotFoundException`, or what `gone` makes for one that is INACTIVE.
 */
export async function requireService(
  input: { cluster?: string; service: string },
  gone: () => EcsError,
  deps: Pick<Deps, "queries" | "kube">,
  call: Pick<Call, "signal">,
): Promise<CalledService> {
  const { name: cluster } = await requireCluster(deps, input.cluster);
  const found = await deps.queries.service(cluster, shortNameOf("service", input.service, cluster));
  if (found === undefined) throw serviceNotFound();
  if (found.ref.deleted) throw gone();
  const { ref } = found;
  try {
    const resource = await deps.kube.get<ECSService>(RESOURCES.ECSService, ref, { signal: call.signal });
    if (resource.metadata.uid !== ref.uid) throw gone();
    return { cluster, ref, resource };
  } catch (error) {
    throw isNotFound(error) ? gone() : error;
  }
}

/**
 * A service that was just written, as the call that wrote it answers, with a time for the deployment that began.
 */
export function answerOf(resource: ECSService, cluster: string, deps: Pick<Deps, "identity" | "now">): Service {
  const service = describeService(resource, deps.identity, cluster);
  const at = deps.now().getTime() / 1000;
  return {
    ...service,
    deployments: (service.deployments ?? []).map((deployment) => ({ createdAt: at, updatedAt: at, ...deployment })),
  };
}
