import { acts, type MemberTable, partly, refuse, text } from "./member-support.ts";

/** Members of a task definition's volumes. */
export const VOLUME_MEMBERS: MemberTable = {
  name: acts("name of the Pod's volume"),
  host: acts("`sourcePath`: `hostPath`, made where it is missing; without one `emptyDir`, gone with the task"),
  "dockerVolumeConfiguration.scope": acts("`task`: `emptyDir`; `shared`: the PersistentVolumeClaim `docker.<name>`"),
  "dockerVolumeConfiguration.autoprovision": acts("`shared`: the claim is made when it is missing, and stays"),
  "dockerVolumeConfiguration.driver": acts("StorageClass of a claim that is made; `local`: the cluster's default"),
  "dockerVolumeConfiguration.driverOpts": partly(
    "`size` (10Gi unless given) and `accessMode` (ReadWriteOnce) of a claim that is made",
    "only the options size (10Gi) and accessMode (ReadWriteOnce, ReadWriteMany, ReadWriteOncePod) are supported",
    (value) => !hasClaimOptions(value),
  ),
  "dockerVolumeConfiguration.labels": acts("kept and shown"),
  "efsVolumeConfiguration.fileSystemId": acts("the PersistentVolumeClaim `efs.<id>`, made once for the cluster"),
  "efsVolumeConfiguration.rootDirectory": acts("`subPath` of the mounts"),
  "efsVolumeConfiguration.transitEncryption": acts("that of the claim's volume"),
  "efsVolumeConfiguration.transitEncryptionPort": acts("that of the claim's volume"),
  "efsVolumeConfiguration.authorizationConfig.accessPointId": acts("the claim `efs.<id>.<access point id>`"),
  "efsVolumeConfiguration.authorizationConfig.iam": acts("that of the claim's volume"),
  s3filesVolumeConfiguration: refuse("S3 Files volumes are not supported; use a host volume"),
  fsxWindowsFileServerVolumeConfiguration: refuse("FSx volumes are not supported; use a host volume"),
  configuredAtLaunch: acts("a PersistentVolumeClaim of the task's own, see volume configurations"),
};

const ACCESS_MODES = ["ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod"];

function hasClaimOptions(options: unknown): boolean {
  if (typeof options !== "object" || options === null) return false;
  return Object.entries(options).every(([name, value]) =>
    name === "size"
      ? /^[1-9]\d*[MGT]i$/.test(text(value))
      : name === "accessMode" && ACCESS_MODES.includes(text(value)),
  );
}
