import { parseArn } from "#lib/ecs/arns.ts";
import { unsupportedFeature } from "#lib/errors.ts";

/** Members of EventBridge's and its Scheduler's targets that say what to do with a cluster of ECS. */
const KNOWN: ReadonlySet<string> = new Set(["Id", "Arn", "RoleArn", "Input", "EcsParameters", "RetryPolicy"]);

/**
 * Checks that a target is a cluster of ECS, with nothing that does not act.
 * @throws EcsError `UnsupportedFeatureException`
 */
export function checkTarget(target: { readonly Arn: string; readonly EcsParameters?: object }): void {
  if (parseArn(target.Arn)?.type !== "cluster") {
    throw unsupportedFeature(
      `KECS does not support the target ${target.Arn}: only clusters of Amazon ECS can be targets.`,
    );
  }
  const other = Object.keys(target).find((member) => !KNOWN.has(member));
  if (other !== undefined) throw unsupportedFeature(`KECS does not support ${other} of targets.`);
  if (target.EcsParameters === undefined) {
    throw unsupportedFeature("KECS does not support targets without EcsParameters.");
  }
}
