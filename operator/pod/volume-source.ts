import { efsClaimName, sharedClaimName } from "#lib/ecs/volume-claims.ts";
import type { VolumeConfiguration } from "#lib/ecs/volume-configurations.ts";
import type { Volume } from "#model/generated/types.generated.ts";
import type { Volume as PodVolume } from "./kubernetes-types.ts";

const TAGS_ANNOTATION = "kecs.io/tags";

type Source = Omit<PodVolume, "name">;

/** Where the content of a task definition's volume is. */
export function sourceOf(volume: Volume, configurations: readonly VolumeConfiguration[]): Source {
  const { host, configuredAtLaunch } = volume;
  if (configuredAtLaunch === true) {
    return ownVolume(configurations.find(({ name }) => name === volume.name));
  }
  const claimName = claimOf(volume);
  if (claimName !== undefined) return { persistentVolumeClaim: { claimName } };
  const path = host?.sourcePath;
  // The path need not exist beforehand: the kubelet creates what is missing as a folder.
  return path ? { hostPath: { path, type: "DirectoryOrCreate" } } : { emptyDir: {} };
}

function claimOf(volume: Volume): string | undefined {
  const { efsVolumeConfiguration: efs, dockerVolumeConfiguration: docker } = volume;
  if (efs) return efsClaimName(efs);
  return docker?.scope === "shared" ? sharedClaimName(volume) : undefined;
}

/** The volume that is mounted for this one: a Pod cannot mount one claim as two volumes, two folders of it can be one. */
export function carrierOf(volume: Volume, volumes: readonly Volume[]): Volume {
  const claim = claimOf(volume);
  return (claim !== undefined && volumes.find((other) => claimOf(other) === claim)) || volume;
}

/** Folder of the volume that is mounted: an EFS volume may be only a part of its file system. */
export function subPathOf({ efsVolumeConfiguration: efs }: Volume): string | undefined {
  const path = efs?.rootDirectory?.replace(/^\/+|\/+$/g, "");
  return path === "" ? undefined : path;
}

/**
 * A volume that is made for the task and goes with it.
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
function ownVolume(configuration: VolumeConfiguration | undefined): Source {
  const { sizeInGiB = 1, volumeType, tagSpecifications = [] } = configuration?.managedEBSVolume ?? {};
  const tags = tagSpecifications.flatMap(({ tags = [] }) => tags);
  return {
    ephemeral: {
      volumeClaimTemplate: {
        ...(tags.length > 0 && { metadata: { annotations: { [TAGS_ANNOTATION]: JSON.stringify(tags) } } }),
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: `${sizeInGiB}Gi` } },
          ...(volumeType !== undefined && { storageClassName: volumeType }),
        },
      },
    },
  };
}
