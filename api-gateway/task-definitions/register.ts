import { API_VERSION } from "#lib/ecs/labels.ts";
import { taskDefinitionName } from "#lib/ecs/names.ts";
import { recordedRevision, REVISIONS_CONFIG_MAP } from "#lib/ecs/revisions.ts";
import { serverException } from "#lib/errors.ts";
import { isAlreadyExists, isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, RESOURCE } from "#lib/kube/resources.ts";
import { type ECSTaskDefinition, type ECSTaskDefinitionSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Call, Deps } from "../operation.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

/** How many numbers are tried when others register revisions of the same family at the same time. */
const ATTEMPTS = 50;

type NewRevision = Omit<ECSTaskDefinitionSpec, "revision" | "status">;
type Registrar = Pick<Deps, "kube" | "queries" | "config" | "wrote" | "serial" | "lastRevisions">;

/**
 * Creates the next revision of a family: one more than the highest number ever seen. Creating the object is what
 * takes the number, so that no two callers get the same.
 * @throws EcsError `ServerException` when every number tried was taken.
 */
export function createRevision(
  spec: NewRevision,
  annotations: Readonly<Record<string, string>>,
  deps: Registrar,
  { signal }: Pick<Call, "signal">,
): Promise<ECSTaskDefinition> {
  return deps.serial.run(`family/${spec.family}`, signal, async () => {
    const first = (await highestRevision(spec.family, deps, signal)) + 1;
    for (let revision = first; revision < first + ATTEMPTS; revision++) {
      const created = await tryCreate({ ...spec, revision }, annotations, deps, signal);
      if (created === undefined) continue;
      deps.lastRevisions.set(spec.family, revision);
      deps.wrote(RESOURCES.ECSTaskDefinition, created);
      return created;
    }
    throw serverException("Too many registrations of this family at once. Please try again.", undefined, 503);
  });
}

/** The revision created, or undefined where its number is taken. */
async function tryCreate(
  spec: NewRevision & { revision: number },
  annotations: Readonly<Record<string, string>>,
  { kube }: Pick<Deps, "kube">,
  signal: AbortSignal,
): Promise<ECSTaskDefinition | undefined> {
  const object: ECSTaskDefinition = {
    apiVersion: API_VERSION,
    kind: "ECSTaskDefinition",
    metadata: { name: taskDefinitionName(spec.family, spec.revision), annotations: { ...annotations } },
    spec,
  };
  try {
    return await kube.create(RESOURCES.ECSTaskDefinition, object, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    throw error;
  }
}

/** Of the read side, of this gateway's own registrations and of what the operator recorded before it let the newest revision of a family go. */
async function highestRevision(
  family: string,
  { kube, queries, config, lastRevisions }: Registrar,
  signal: AbortSignal,
): Promise<number> {
  const [seen, recorded] = await Promise.all([
    queries.latestRevision(family),
    kube
      .get<ConfigMap>(RESOURCE.configmaps, { namespace: config.namespace, name: REVISIONS_CONFIG_MAP }, { signal })
      .then(({ data }) => recordedRevision(data, family))
      .catch((error: unknown) => {
        if (isNotFound(error)) return 0;
        throw error;
      }),
  ]);
  return Math.max(seen, recorded, lastRevisions.get(family) ?? 0);
}
