import type { Identity } from "#lib/ecs/arns.ts";
import { EcsError, invalidParameter } from "#lib/errors.ts";
import type { LogsDeps } from "./operation.ts";

interface GroupInput {
  logGroupName?: string;
  logGroupIdentifier?: string;
}

/**
 * The log group that an input names, by its name or ARN.
 * @throws EcsError InvalidParameterException when it names none, or two
 */
export function groupNameOf({ logGroupName, logGroupIdentifier }: GroupInput): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw invalidParameter("Exactly one of LogGroupName or LogGroupIdentifier must be specified.");
  }
  const name = logGroupName ?? logGroupIdentifier ?? "";
  return /^arn:[^:]+:logs:[^:]*:[^:]*:log-group:([^:*]+)(:\*)?$/.exec(name)?.[1] ?? name;
}

/** `arn:aws:logs:<region>:<account>:log-group:<name>` */
export function logGroupArn({ region, accountId }: Identity, group: string): string {
  return `arn:aws:logs:${region}:${accountId}:log-group:${group}`;
}

/** ResourceNotFoundException in the words of CloudWatch Logs. */
export function notFound(what: "log group" | "log stream"): EcsError {
  return new EcsError("ResourceNotFoundException", `The specified ${what} does not exist.`);
}

/** @throws EcsError ResourceNotFoundException when neither a call nor a container has made the group */
export async function assertGroup(deps: LogsDeps, name: string): Promise<void> {
  if ((await deps.queries.groups()).some((group) => group.name === name)) return;
  if ((await deps.groups.list()).some(({ logGroupName }) => logGroupName === name)) return;
  throw notFound("log group");
}
