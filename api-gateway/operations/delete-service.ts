import { serviceNameOf } from "#lib/ecs/describe/service.ts";
import { invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSService, RESOURCES } from "#model/generated/resources.generated.ts";
import { answerOf, requireService, serviceNotFound } from "../services/service.ts";
import { until } from "../common/until.ts";
import type { Call, Deps, Handler } from "../operation.ts";

/**
 * Deletes a service: it drains, and is INACTIVE when its tasks have stopped. One that is draining already is answered
 * as it is.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteService.html
 */
export const deleteService: Handler<"DeleteService"> = async (input, deps, call) => {
  const { cluster, resource } = await requireService(input, serviceNotFound, deps, call);
  if (resource.metadata.deletionTimestamp !== undefined) return { service: answerOf(resource, cluster, deps) };
  const scaled = resource.spec.schedulingStrategy !== "DAEMON" && (resource.spec.desiredCount ?? 1) > 0;
  if (scaled && input.force !== true) {
    throw invalidParameter("The service cannot be stopped while it is scaled above 0.");
  }
  return { service: answerOf(await remove(resource, cluster, deps, call), cluster, deps) };
};

/** Deletes this very object; it stays, marked, until the operator's finalizer lets it go. */
async function remove(service: ECSService, cluster: string, deps: Deps, { signal }: Call): Promise<ECSService> {
  const { name = "", namespace, uid } = service.metadata;
  const ref = { namespace, name };
  await deps.kube.delete(RESOURCES.ECSService, ref, { uid, propagationPolicy: "Background", signal });
  const draining = await deps.kube.get<ECSService>(RESOURCES.ECSService, ref, { signal }).catch(ignoreNotFound);
  if (draining !== undefined && draining.metadata.uid === uid) {
    deps.wrote(RESOURCES.ECSService, draining);
    return draining;
  }
  // Gone at once, with no version to wait for: the next reader is not to see it ACTIVE all the same.
  const seen = async (): Promise<boolean> => {
    const found = await deps.queries.service(cluster, serviceNameOf(service));
    return found === undefined || found.ref.deleted || found.ref.uid !== uid;
  };
  await until(seen, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
  return { ...service, metadata: { ...service.metadata, deletionTimestamp: deps.now().toISOString() } };
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
