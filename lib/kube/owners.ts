import { apiVersionOf, type KubeObject, type OwnerReference, type ResourceType } from "./resources.ts";

/**
 * The reference that makes `owner` the controller of a child: the child is deleted with it.
 * @throws TypeError when the owner has not been stored yet (no uid).
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export function controllerReference(resource: ResourceType, owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata ?? {};
  if (!name || !uid) throw new TypeError(`an owner needs a name and a uid: ${resource.kind} "${name ?? ""}"`);
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The owner that controls the object, if one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((owner) => owner.controller === true);
}

/** Whether `owner`, this very object and not another of its name, controls `child`. */
export function isControlledBy(child: KubeObject, owner: KubeObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(child)?.uid === uid;
}
