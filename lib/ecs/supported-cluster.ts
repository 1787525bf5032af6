import type { ClusterConfiguration } from "#model/generated/types.generated.ts";
import { acts, type MemberTable, refuse, type UnsupportedMember } from "./member-support.ts";
import { unsupportedIn } from "./unsupported-members.ts";

const KMS = "there are no KMS keys; where Kubernetes keeps data encrypts it";

/** Members of a cluster's `configuration`. */
const CONFIGURATION_MEMBERS: MemberTable = {
  "executeCommandConfiguration.logging": acts("whether and where sessions are recorded"),
  "executeCommandConfiguration.logConfiguration.cloudWatchLogGroupName": acts("the log group of OVERRIDE"),
  "executeCommandConfiguration.logConfiguration.cloudWatchEncryptionEnabled": refuse(
    "log groups are not encrypted with KMS keys",
  ),
  "executeCommandConfiguration.logConfiguration.s3BucketName": refuse(
    "there is no S3 to record sessions to; use cloudWatchLogGroupName",
  ),
  "executeCommandConfiguration.logConfiguration.s3EncryptionEnabled": refuse("there is no S3 to record sessions to"),
  "executeCommandConfiguration.logConfiguration.s3KeyPrefix": refuse("there is no S3 to record sessions to"),
  "executeCommandConfiguration.kmsKeyId": refuse(
    "there are no KMS keys; sessions are encrypted by TLS where KECS has it",
  ),
  "managedStorageConfiguration.kmsKeyId": refuse(KMS),
  "managedStorageConfiguration.fargateEphemeralStorageKmsKeyId": refuse(KMS),
};

/**
 * The members of a cluster (CreateCluster's or UpdateCluster's input, or an ECSCluster's spec) that ask for what is not
 * offered. The gateway refuses the call, the operator says `Stalled`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ClusterConfiguration.html
 */
export function unsupportedClusterMembers({
  configuration,
}: {
  readonly configuration?: ClusterConfiguration;
}): UnsupportedMember[] {
  return unsupportedIn(configuration, CONFIGURATION_MEMBERS).map(({ path, why }) => ({
    path: `configuration.${path}`,
    why,
  }));
}

/** Why a cluster's `executeCommandConfiguration` contradicts itself; undefined where it does not. */
export function executeCommandProblem(configuration: ClusterConfiguration | undefined): string | undefined {
  const { logging, logConfiguration } = configuration?.executeCommandConfiguration ?? {};
  if (logging === "OVERRIDE") {
    return logConfiguration?.cloudWatchLogGroupName
      ? undefined
      : "When logging=OVERRIDE is specified, a logConfiguration with cloudWatchLogGroupName must be provided.";
  }
  return logConfiguration === undefined || Object.keys(logConfiguration).length === 0
    ? undefined
    : "A logConfiguration can only be provided when logging=OVERRIDE is specified.";
}
