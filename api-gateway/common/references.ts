import { parseArn } from "#lib/ecs/arns.ts";
import { invalidParameter } from "#lib/errors.ts";

/**
 * A service or task as callers give it → its short name or id. It may be that already, the full ARN, or the ARN's old
 * form without the cluster (`service/<name>`, `task/<id>`).
 * @param cluster ECS name of the cluster that the call is about.
 * @throws EcsError `InvalidParameterException` for another kind of ARN, or one of another cluster.
 */
export function shortNameOf(
  type: "service" | "task" | "container-instance",
  reference: string,
  cluster: string,
): string {
  if (!reference.startsWith("arn:")) return reference;
  const arn = parseArn(reference);
  if (arn?.type !== type || arn.path.length > 2) {
    throw invalidParameter(`Invalid identifier: ${reference} is not the ARN of a ${type}.`);
  }
  const [first = "", second] = arn.path;
  if (second === undefined) return first;
  if (first !== cluster) {
    throw invalidParameter(`Invalid identifier: Identifier is for cluster ${first}. Your cluster is ${cluster}`);
  }
  return second;
}
