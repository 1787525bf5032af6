import { invalidParameter } from "#lib/errors.ts";
import type { LogGroup } from "#model/generated/logs/types.generated.ts";
import { groupNameOf, logGroupArn } from "../names.ts";
import type { LogsDeps, LogsHandler } from "../operation.ts";
import { pageOf } from "../tokens.ts";

const DEFAULT_LIMIT = 50;

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
export const describeLogGroups: LogsHandler<"DescribeLogGroups"> = async (input, deps) => {
  const { logGroupNamePrefix = "", logGroupNamePattern = "", logGroupIdentifiers, logGroupClass = "STANDARD" } = input;
  if (logGroupNamePrefix !== "" && logGroupNamePattern !== "") {
    throw invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  const named = logGroupIdentifiers?.map((logGroupIdentifier) => groupNameOf({ logGroupIdentifier }));
  const groups = (await allGroups(deps)).filter(
    ({ logGroupName = "" }) =>
      logGroupName.startsWith(logGroupNamePrefix) &&
      logGroupName.toLowerCase().includes(logGroupNamePattern.toLowerCase()) &&
      (named?.includes(logGroupName) ?? true) &&
      logGroupClass === "STANDARD",
  );
  const { entries, nextToken } = pageOf(
    groups,
    ({ logGroupName = "" }) => logGroupName,
    input.limit ?? DEFAULT_LIMIT,
    input.nextToken,
  );
  return { logGroups: entries, ...(nextToken !== undefined && { nextToken }) };
};

/** Those that calls have made, and those that containers write to. */
async function allGroups({ identity, groups, queries }: LogsDeps): Promise<LogGroup[]> {
  const stored = new Map((await queries.groups()).map((group) => [group.name, group]));
  const made = new Map((await groups.list()).map((record) => [record.logGroupName, record]));
  return [...new Set([...stored.keys(), ...made.keys()])].sort().map((name) => {
    const { creationTime, retentionInDays } = made.get(name) ?? {};
    const arn = logGroupArn(identity, name);
    return {
      logGroupName: name,
      creationTime: creationTime ?? stored.get(name)?.createdAt ?? 0,
      ...(retentionInDays !== undefined && { retentionInDays }),
      metricFilterCount: 0,
      arn: `${arn}:*`,
      storedBytes: stored.get(name)?.storedBytes ?? 0,
      logGroupClass: "STANDARD",
      logGroupArn: arn,
    };
  });
}
