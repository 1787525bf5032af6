import { setTimeout as sleep } from "node:timers/promises";
import { serverException } from "#lib/errors.ts";
import { isNotFound, isUnreachable, KubeError } from "#lib/kube/errors.ts";
import { type KubeObject, refOf, type ResourceType } from "#lib/kube/resources.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Call, Deps } from "../operation.ts";

/**
 * A new cluster's namespace is made by the operator; this is how long a write waits for it: also until another operator
 * has taken over from one that died (its Lease lasts 15 s).
 */
const NAMESPACE_TIMEOUT_MS = 20_000;
const NAMESPACE_POLL_MS = 50;

type Writer = Pick<Deps, "kube" | "wrote">;

/**
 * Creates an object in a cluster's namespace and notes the write. Waits, bounded, for the namespace of a cluster that
 * was just made (or made again). Where no answer came it looks once whether the object is there.
 * @throws KubeError, or EcsError `ServerException` when the namespace does not come.
 */
export async function createInNamespace<T extends KubeObject>(
  { kube, wrote }: Writer,
  resource: ResourceType,
  object: T,
  { signal }: Pick<Call, "signal">,
): Promise<T> {
  const deadline = Date.now() + NAMESPACE_TIMEOUT_MS;
  for (;;) {
    try {
      const created = await kube.create<T>(resource, object, { fieldManager: FIELD_MANAGER, signal });
      wrote(resource, created);
      return created;
    } catch (error) {
      if (isUnreachable(error)) return existing({ kube, wrote }, resource, object, { error, signal });
      if (!isNamespaceAway(error)) throw error;
      if (Date.now() > deadline) throw serverException("The cluster is not ready yet. Please try again.", error, 503);
      await sleep(NAMESPACE_POLL_MS, undefined, { signal });
    }
  }
}

/** The namespace is not there yet, or that of a deleted cluster of the same name is still going. */
function isNamespaceAway(error: unknown): boolean {
  if (isNotFound(error)) return true;
  if (!(error instanceof KubeError) || error.status !== 403) return false;
  return error.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") === true;
}

async function existing<T extends KubeObject>(
  { kube, wrote }: Writer,
  resource: ResourceType,
  object: T,
  { error, signal }: { error: unknown; signal: AbortSignal },
): Promise<T> {
  try {
    const found = await kube.get<T>(resource, refOf(object), { signal });
    wrote(resource, found);
    return found;
  } catch {
    throw error;
  }
}

/**
 * Changes an object's spec and annotations by merge patch, if it is still the object with that uid, and notes the
 * write.
 * @throws KubeError `Conflict` where another object has taken its name.
 */
export async function patchObject<T extends KubeObject>(
  { kube, wrote }: Writer,
  resource: ResourceType,
  ref: { namespace?: string; name: string; uid: string },
  patch: { annotations?: Record<string, string | null>; spec?: object },
  { signal }: Pick<Call, "signal">,
): Promise<T> {
  const { annotations, spec } = patch;
  const body = { metadata: { uid: ref.uid, ...(annotations && { annotations }) }, ...(spec && { spec }) };
  const where = { namespace: ref.namespace, name: ref.name };
  const patched = await kube.mergePatch<T>(resource, where, body, { fieldManager: FIELD_MANAGER, signal });
  wrote(resource, patched);
  return patched;
}
