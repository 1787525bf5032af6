import { assertGroup } from "../names.ts";
import type { LogsHandler } from "../operation.ts";

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html */
export const deleteLogGroup: LogsHandler<"DeleteLogGroup"> = async ({ logGroupName }, deps) => {
  await assertGroup(deps, logGroupName);
  await deps.groups.update(logGroupName, () => undefined);
  await deps.queries.deleteGroup(logGroupName);
  return {};
};
