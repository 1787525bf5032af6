import { EcsError, invalidParameter } from "#lib/errors.ts";
import type { LogsHandler } from "../operation.ts";

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html */
export const createLogGroup: LogsHandler<"CreateLogGroup"> = async (input, { groups, queries, now }) => {
  const { logGroupName, kmsKeyId, tags = {}, logGroupClass = "STANDARD", deletionProtectionEnabled } = input;
  const refused = [
    kmsKeyId !== undefined && "kmsKeyId",
    Object.keys(tags).length > 0 && "tags",
    logGroupClass !== "STANDARD" && "logGroupClass",
    deletionProtectionEnabled === true && "deletionProtectionEnabled",
  ].filter((name) => name !== false);
  if (refused.length > 0) throw invalidParameter(`KECS does not support ${refused.join(", ")} of log groups.`);
  const stored = await queries.groups();
  if (stored.some(({ name }) => name === logGroupName)) throw alreadyExists();
  await groups.update(logGroupName, (record) => {
    if (record !== undefined) throw alreadyExists();
    return { logGroupName, creationTime: now().getTime() };
  });
  return {};
};

function alreadyExists(): EcsError {
  return new EcsError("ResourceAlreadyExistsException", "The specified log group already exists");
}
