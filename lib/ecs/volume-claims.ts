import type { EFSVolumeConfiguration, Volume } from "#model/generated/types.generated.ts";
import { dottedName } from "./dotted-name.ts";

const DEFAULT_SIZE = "10Gi";

/** A PersistentVolumeClaim that the operator makes where it is missing. */
export interface WantedClaim {
  readonly name: string;
  readonly size: string;
  readonly accessMode: string;
  /** The cluster's default unless given. */
  readonly storageClass?: string;
}

/**
 * Name of the PersistentVolumeClaim, in the task's namespace, that stands for an EFS file system: `efs.<id>`, with an
 * access point `efs.<id>.<access point id>`. It is made once by whoever runs the cluster, for example with the EFS CSI
 * driver or as an NFS volume; encryption and authorization are that volume's.
 */
export function efsClaimName({ fileSystemId, authorizationConfig }: EFSVolumeConfiguration): string {
  const accessPoint = authorizationConfig?.accessPointId;
  return dottedName("efs", accessPoint ? `${fileSystemId}/${accessPoint}` : fileSystemId);
}

/** Name of the PersistentVolumeClaim that stands for a Docker volume of scope `shared`: `docker.<name>`. */
export function sharedClaimName({ name = "" }: Volume): string {
  return dottedName("docker", name);
}

/**
 * The claim of a Docker volume that is to be made when it is missing (`autoprovision`); undefined for other volumes.
 * The driver is the name of a StorageClass, its options `size` and `accessMode` are the claim's.
 */
export function autoprovisionedClaim(volume: Volume): WantedClaim | undefined {
  const { scope, autoprovision, driver = "local", driverOpts = {} } = volume.dockerVolumeConfiguration ?? {};
  if (scope !== "shared" || autoprovision !== true) return undefined;
  return {
    name: sharedClaimName(volume),
    size: driverOpts["size"] ?? DEFAULT_SIZE,
    accessMode: driverOpts["accessMode"] ?? "ReadWriteOnce",
    ...(driver !== "local" && { storageClass: driver }),
  };
}
