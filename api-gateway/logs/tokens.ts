import { invalidParameter } from "#lib/errors.ts";

/** One page of a list, and the token of the next where there is one. */
export interface Page<T> {
  readonly entries: T[];
  readonly nextToken?: string;
}

/**
 * Cuts a page out of a sorted list. The token says after which entry the next page begins.
 * @param keyOf what tells an entry from all others
 * @throws EcsError InvalidParameterException for a token of another list
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (entry: T) => string,
  limit: number,
  nextToken: string | undefined,
): Page<T> {
  const start = nextToken === undefined ? 0 : all.findIndex((entry) => keyOf(entry) === decodeToken(nextToken)) + 1;
  if (nextToken !== undefined && start === 0) throw invalidToken();
  const entries = all.slice(start, start + limit);
  const last = entries.at(-1);
  return start + limit < all.length && last !== undefined
    ? { entries, nextToken: encodeToken(keyOf(last)) }
    : { entries };
}

export function encodeToken(text: string): string {
  return Buffer.from(text).toString("base64url");
}

export function decodeToken(token: string): string {
  return Buffer.from(token, "base64url").toString();
}

export function invalidToken(): Error {
  return invalidParameter("The specified nextToken is invalid.");
}
