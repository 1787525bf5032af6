import { invalidParameter } from "#lib/errors.ts";

const PAGE_SIZE = 50;

/**
 * Cuts a page out of a list; the token says how many entries came before.
 * @throws EcsError `InvalidParameterException` for a token that is none
 */
export function pageOf<T>(
  entries: readonly T[],
  { MaxResults = PAGE_SIZE, NextToken }: { MaxResults?: number; NextToken?: string },
): { entries: T[]; NextToken?: string } {
  const start = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, "base64url").toString());
  if (!Number.isSafeInteger(start) || start < 0) throw invalidParameter("The specified NextToken is invalid.");
  const end = start + MaxResults;
  return {
    entries: entries.slice(start, end),
    ...(end < entries.length && { NextToken: Buffer.from(String(end)).toString("base64url") }),
  };
}
