import type { ClusterConfiguration, ContainerDefinition } from "#model/generated/types.generated.ts";

/**
 * The log group to which a session in a container is recorded; undefined where it is not recorded. `DEFAULT`, also where
 * the cluster says nothing, is the log group of the container's own output.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
 */
export function transcriptGroup(
  { executeCommandConfiguration: asked = {} }: ClusterConfiguration = {},
  { logConfiguration }: Pick<ContainerDefinition, "logConfiguration"> = {},
): string | undefined {
  if (asked.logging === "NONE") return undefined;
  if (asked.logging === "OVERRIDE") return asked.logConfiguration?.cloudWatchLogGroupName || undefined;
  return (logConfiguration?.logDriver === "awslogs" && logConfiguration.options?.["awslogs-group"]) || undefined;
}
