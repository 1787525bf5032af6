import type { ParsedUrlQuery } from "node:querystring";
import type { Route } from "./api.ts";

/** A route's path as the router takes it: `/schedules/{Name}` is `/schedules/:Name`. */
export function pathOf({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

/**
 * The members of an operation's input that stand in the URL of its request.
 * @param params members in the path, by name
 * @param query parameters; unknown ones are left out, of several with one name the first counts
 */
export function membersInUrl(
  route: Route,
  params: Readonly<Record<string, string | undefined>>,
  query: ParsedUrlQuery,
): Record<string, unknown> {
  const members: Record<string, unknown> = { ...params };
  for (const [name, { member, type }] of Object.entries(route.query)) {
    const given = query[name];
    const value = Array.isArray(given) ? given[0] : given;
    if (value !== undefined) members[member] = type === "integer" && /^-?\d+$/.test(value) ? Number(value) : value;
  }
  return members;
}

export function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
