import { recordedRevision, REVISIONS_CONFIG_MAP, revisionKey } from "#lib/ecs/revisions.ts";
import { isAlreadyExists, isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, RESOURCE } from "#lib/kube/resources.ts";
import type { Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

type Options = Pick<Deps, "kube" | "config">;

/** The ConfigMap in which the highest number of each family outlives its resources; undefined before there is one. */
async function read({ kube, config }: Options, signal: AbortSignal): Promise<ConfigMap | undefined> {
  try {
    const ref = { namespace: config.namespace, name: REVISIONS_CONFIG_MAP };
    return await kube.get<ConfigMap>(RESOURCE.configmaps, ref, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The highest number of a family that is on record; 0 where none is. */
export async function recorded(family: string, options: Options, signal: AbortSignal): Promise<number> {
  return recordedRevision((await read(options, signal))?.data, family);
}

/**
 * Puts a family's number on record, unless a higher one is.
 * @throws KubeError `Conflict` when someone else changed the record meanwhile.
 */
export async function record(family: string, revision: number, options: Options, signal: AbortSignal): Promise<void> {
  const { kube, config } = options;
  const map = await read(options, signal);
  if (recordedRevision(map?.data, family) >= revision) return;
  const data = { [revisionKey(family)]: String(revision) };
  const ref = { namespace: config.namespace, name: REVISIONS_CONFIG_MAP };
  if (map) {
    const metadata = { resourceVersion: map.metadata?.resourceVersion };
    await kube.mergePatch(RESOURCE.configmaps, ref, { metadata, data }, { fieldManager: FIELD_MANAGER, signal });
    return;
  }
  try {
    await kube.create<ConfigMap>(RESOURCE.configmaps, { metadata: ref, data }, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    await record(family, revision, options, signal);
  }
}
