import { invalidParameter } from "#lib/errors.ts";
import type { Page } from "#projector/queries.ts";
import { requestHash } from "#lib/ecs/request-hash.ts";

interface PagedInput {
  nextToken?: string;
  maxResults?: number;
}

/** One page of a list: the entries, and the token of the next page where there is one. */
export interface PageOfResults {
  readonly entries: string[];
  readonly nextToken?: string;
}

/**
 * Answers one page of a list operation. Tokens are opaque to callers; they say where the page before ended, and of
 * which list: one given to another operation or with other filters is refused.
 * @param operation name of the operation, part of the token.
 * @param defaultSize entries of a page when the call has no `maxResults`.
 * @param list reads up to `page.limit` entries after `page.after`.
 * @throws EcsError `InvalidParameterException` for a token that is none of ours.
 */
export async function pageOf(
  operation: string,
  input: PagedInput,
  defaultSize: number,
  list: (page: Page) => Promise<string[]>,
): Promise<PageOfResults> {
  const size = input.maxResults ?? defaultSize;
  const scope = scopeOf(operation, input);
  const after = input.nextToken === undefined ? {} : { after: decode(input.nextToken, scope) };
  const entries = await list({ ...after, limit: size + 1 });
  const page = entries.slice(0, size);
  const last = page.at(-1);
  return entries.length > size && last !== undefined
    ? { entries: page, nextToken: encode(last, scope) }
    : { entries: page };
}

function scopeOf(operation: string, input: PagedInput): string {
  const { nextToken: _token, maxResults: _size, ...filters } = input;
  return requestHash({ operation, filters }).slice(0, 16);
}

function encode(after: string, scope: string): string {
  return Buffer.from(JSON.stringify([scope, after])).toString("base64url");
}

function decode(token: string, scope: string): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (Array.isArray(parsed) && parsed[0] === scope && typeof parsed[1] === "string") return parsed[1];
  } catch {
    // not JSON: refused below
  }
  throw invalidParameter("Invalid nextToken: it must come from the answer to the same request.");
}
