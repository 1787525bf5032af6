import { LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { autoprovisionedClaim } from "#lib/ecs/volume-claims.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { type PersistentVolumeClaim, RESOURCE } from "#lib/kube/resources.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { TaskDefinitionInput } from "./input.ts";

/** The claims of a task definition's Docker volumes that are made when they are missing. They outlive all tasks. */
export function wantedClaims(
  { volumes = [] }: Pick<TaskDefinitionInput, "volumes">,
  namespace: string,
): PersistentVolumeClaim[] {
  return volumes
    .flatMap((volume) => autoprovisionedClaim(volume) ?? [])
    .map(({ name, size, accessMode, storageClass }) => ({
      metadata: { name, namespace, labels: { [LABELS.managedBy]: MANAGED_BY } },
      spec: {
        accessModes: [accessMode],
        resources: { requests: { storage: size } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
      },
    }));
}

/** Makes those claims that are not there yet; one that is there stays as it is. */
export async function ensureClaims(
  claims: readonly PersistentVolumeClaim[],
  kube: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  for (const claim of claims) {
    try {
      await kube.create(RESOURCE.persistentvolumeclaims, claim, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
