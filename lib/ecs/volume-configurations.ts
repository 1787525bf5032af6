import type { ServiceVolumeConfiguration, TaskVolumeConfiguration, Volume } from "#model/generated/types.generated.ts";
import { acts, below, is, type MemberTable, partly, refuse } from "./member-support.ts";

/** How a volume is configured when a task is run or a service created. */
export type VolumeConfiguration = TaskVolumeConfiguration | ServiceVolumeConfiguration;

const OF_CLASS = "it belongs to the StorageClass; choose one with volumeType";

/** What becomes of each member of RunTask's, StartTask's and CreateService's `volumeConfigurations`. */
export const VOLUME_CONFIGURATION_MEMBERS: MemberTable = below("volumeConfigurations[]", {
  name: acts("the volume of the task definition that is meant"),
  ...below("managedEBSVolume", {
    sizeInGiB: acts("size of a PersistentVolumeClaim of the task's own, which goes with its Pod"),
    volumeType: acts("name of the StorageClass; the cluster's default where none is given"),
    filesystemType: partly("`ext4`, the usual default", OF_CLASS, (value) => value !== "ext4"),
    encrypted: refuse(`encryption at rest cannot be asked of a claim: ${OF_CLASS}`),
    kmsKeyId: refuse(`a key cannot be given to a claim: ${OF_CLASS}`),
    iops: refuse(`IOPS cannot be asked of a claim: ${OF_CLASS}`),
    throughput: refuse(`throughput cannot be asked of a claim: ${OF_CLASS}`),
    snapshotId: refuse("EBS snapshots are not supported"),
    volumeInitializationRate: refuse("EBS snapshots are not supported"),
    "tagSpecifications[].resourceType": acts("`volume`, the only one"),
    "tagSpecifications[].tags": acts("annotation `kecs.io/tags` of the claim, as JSON"),
    "tagSpecifications[].propagateTags": partly(
      "`NONE`",
      "tags are not propagated to volumes; list them under tags",
      (value) => !is("NONE", undefined)(value),
    ),
    roleArn: acts("kept and shown; nothing is asked of AWS"),
    "terminationPolicy.deleteOnTermination": partly(
      "`true`, as by default",
      "a volume that outlives its task is not supported; use a Docker volume of scope shared",
      is(false),
    ),
  }),
});

/**
 * Whether the configurations given at launch are those of the volumes that wait for one.
 * @returns what is wrong, or undefined.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/configure-ebs-volume.html
 */
export function volumeConfigurationProblem(
  volumes: readonly Volume[] | undefined = [],
  configurations: readonly VolumeConfiguration[] | undefined = [],
): string | undefined {
  const waiting = volumes.filter(({ configuredAtLaunch }) => configuredAtLaunch === true).map(({ name }) => name ?? "");
  const given = configurations.map(({ name }) => name);
  const unknown = given.find((name) => !waiting.includes(name));
  if (unknown !== undefined) {
    return `The volume configuration ${unknown} matches no volume of the task definition that has configuredAtLaunch set to true.`;
  }
  const missing = waiting.find((name) => !given.includes(name));
  if (missing !== undefined) {
    return `The volume ${missing} of the task definition is configured at launch, but no volume configuration has its name.`;
  }
  const sizeless = configurations.find(({ managedEBSVolume }) => managedEBSVolume?.sizeInGiB === undefined);
  return sizeless && `The volume configuration ${sizeless.name} must have a managedEBSVolume with sizeInGiB.`;
}
