import { invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSTaskSet, RESOURCES } from "#model/generated/resources.generated.ts";
import { primaryTaskSet } from "#lib/ecs/task-set.ts";
import { until } from "../common/until.ts";
import type { Call, Deps, Handler } from "../operation.ts";
import { type CalledTaskSet, requireTaskSet, taskSetAnswer } from "../services/task-set.ts";

/**
 * Deletes a task set: it drains, and is gone when its tasks have stopped. One that is scaled above zero or PRIMARY
 * takes `force`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskSet.html
 */
export const deleteTaskSet: Handler<"DeleteTaskSet"> = async (input, deps, call) => {
  const found = await requireTaskSet(input, deps, call);
  const { service, resource } = found;
  if (input.force !== true) checkUnused(found);
  const draining = resource.metadata.deletionTimestamp === undefined ? await remove(found, deps, call) : resource;
  return { taskSet: taskSetAnswer(draining, service, deps) };
};

function checkUnused({ service, resource }: CalledTaskSet): void {
  if (primaryTaskSet(service.resource, [resource]) !== undefined) {
    throw invalidParameter("The PRIMARY task set of a service cannot be deleted without force.");
  }
  if ((resource.spec.scale?.value ?? 0) > 0) {
    throw invalidParameter("The task set cannot be deleted while it is scaled above 0.");
  }
}

/** It stays, marked, until Kubernetes has removed its Deployment and the Pods of that. */
async function remove({ ref, resource, service }: CalledTaskSet, deps: Deps, { signal }: Call): Promise<ECSTaskSet> {
  const { uid } = ref;
  try {
    await deps.kube.delete(RESOURCES.ECSTaskSet, ref, { uid, propagationPolicy: "Foreground", signal });
    const draining = await deps.kube.get<ECSTaskSet>(RESOURCES.ECSTaskSet, ref, { signal });
    if (draining.metadata.uid === uid) {
      deps.wrote(RESOURCES.ECSTaskSet, draining);
      return draining;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  // Gone at once, with no version to wait for: the next reader is not to see it all the same.
  const gone = async (): Promise<boolean> =>
    (await deps.queries.taskSets(service.ref.uid)).every((each) => each.ref.uid !== uid);
  await until(gone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
  return { ...resource, metadata: { ...resource.metadata, deletionTimestamp: deps.now().toISOString() } };
}
