import type { MemberTable, UnsupportedMember } from "./member-support.ts";

/** The members of `input` that ask for what its table refuses, with their place and why. Unknown ones are not judged. */
export function unsupportedIn(input: unknown, table: MemberTable): UnsupportedMember[] {
  return collect(input, "", "");

  function collect(value: unknown, pattern: string, path: string): UnsupportedMember[] {
    const support = table[pattern];
    if (support !== undefined) {
      const { why } = support;
      return why !== undefined && (support.asked ?? isAskedFor)(value) ? [{ path, why }] : [];
    }
    if (Array.isArray(value)) return value.flatMap((item, index) => collect(item, `${pattern}[]`, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return [];
    const prefix = pattern === "" ? "" : ".";
    return Object.entries(value).flatMap(([name, member]) =>
      member === undefined ? [] : collect(member, `${pattern}${prefix}${name}`, `${path}${prefix}${name}`),
    );
  }
}

function isAskedFor(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
