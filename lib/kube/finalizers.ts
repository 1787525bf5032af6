import type { CallOptions, KubeClient } from "./client.ts";
import { isInvalid, isNotFound } from "./errors.ts";
import { refOf, type KubeObject, type ResourceType } from "./resources.ts";

/** Whether the object has been deleted and only finalizers or a grace period keep it. */
export function isDeleting(object: KubeObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata?.finalizers?.includes(finalizer) ?? false;
}

/**
 * Adds a finalizer unless the object has it. The patch holds only as long as the object is at the version seen, for a
 * list cannot be merged: others' finalizers must not be lost.
 * @returns the object as it then is; the given one when nothing was to do.
 * @throws KubeError `Conflict` when the object has changed meanwhile.
 */
export async function addFinalizer<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T> {
  if (hasFinalizer(object, finalizer)) return object;
  return setFinalizers(client, resource, object, [...(object.metadata?.finalizers ?? []), finalizer], options);
}

/**
 * Removes a finalizer if the object has it; an object that is gone is fine. Whatever else of the object has changed since
 * it was seen is left as it is.
 * @returns whether there was something to remove.
 * @throws KubeError `Conflict` when its finalizers have changed meanwhile, or it is another object of that name.
 */
export async function removeFinalizer(
  client: KubeClient,
  resource: ResourceType,
  object: KubeObject,
  finalizer: string,
  options: CallOptions = {},
): Promise<boolean> {
  const { uid, finalizers = [] } = object.metadata ?? {};
  const index = finalizers.indexOf(finalizer);
  if (index < 0) return false;
  const path = `/metadata/finalizers/${index}`;
  const patch = [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "test", path, value: finalizer },
    { op: "remove", path },
  ];
  try {
    await client.jsonPatch(resource, refOf(object), patch, options);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    if (!isInvalid(error)) throw error;
    // A test has failed. By the version that says Conflict, as for every other write.
    await setFinalizers(client, resource, object, finalizers.toSpliced(index, 1), options);
    return true;
  }
}

function setFinalizers<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  object: T,
  finalizers: string[],
  options: CallOptions,
): Promise<T> {
  const { uid, resourceVersion } = object.metadata ?? {};
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  return client.mergePatch<T>(resource, refOf(object), patch, options);
}
