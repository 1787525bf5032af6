import { invalidParameter } from "#lib/errors.ts";
import { assertGroup } from "../names.ts";
import type { LogsHandler } from "../operation.ts";

/** The numbers of days that CloudWatch Logs takes. */
const DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const putRetentionPolicy: LogsHandler<"PutRetentionPolicy"> = async (input, deps) => {
  const { logGroupName, retentionInDays } = input;
  if (!DAYS.includes(retentionInDays)) {
    throw invalidParameter(
      `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${DAYS.join(", ")}]`,
    );
  }
  await assertGroup(deps, logGroupName);
  const creationTime = deps.now().getTime();
  await deps.groups.update(logGroupName, (record) => ({ logGroupName, creationTime, ...record, retentionInDays }));
  return {};
};
