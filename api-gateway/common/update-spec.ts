import { isConflict } from "#lib/kube/errors.ts";
import type { KubeObject, ObjectRef, ResourceType } from "#lib/kube/resources.ts";
import type { Call, Deps } from "../operation.ts";
import { mergePatchTo } from "./merge-patch.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

/** How often a change is made anew on top of another writer's. */
const ATTEMPTS = 5;

interface WithSpec extends KubeObject {
  readonly spec: object;
}

export interface SpecChange<T extends WithSpec> {
  readonly resource: ResourceType;
  readonly ref: ObjectRef;
  /** The whole new spec from the current object; may throw to refuse. */
  readonly change: (current: T) => T["spec"];
}

/**
 * Changes an object's spec on top of what the API server has now, again when another writer came first.
 * @returns the object after the change; nothing is written when nothing changes.
 * @throws KubeError `NotFound` where there is no such object, `Conflict` after {@link ATTEMPTS}.
 */
export function updateSpec<T extends WithSpec>(
  deps: Pick<Deps, "kube" | "wrote" | "serial">,
  change: SpecChange<T>,
  { signal }: Pick<Call, "signal">,
): Promise<T> {
  const key = `${change.resource.plural}/${change.ref.namespace ?? ""}/${change.ref.name}`;
  return deps.serial.run(key, signal, () => update(deps, change, signal));
}

async function update<T extends WithSpec>(
  deps: Pick<Deps, "kube" | "wrote">,
  { resource, ref, change }: SpecChange<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const current = await deps.kube.get<T>(resource, ref, { signal });
    const spec = mergePatchTo(current.spec, change(current));
    if (Object.keys(spec).length === 0) return current;
    const { uid, resourceVersion } = current.metadata ?? {};
    try {
      const patch = { metadata: { uid, resourceVersion }, spec };
      const updated = await deps.kube.mergePatch<T>(resource, ref, patch, { fieldManager: FIELD_MANAGER, signal });
      deps.wrote(resource, updated);
      return updated;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}
