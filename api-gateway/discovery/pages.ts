import { pageOf } from "../logs/tokens.ts";

const PAGE_SIZE = 100;

/** One page of a list, by id. @throws EcsError for a token of another list */
export function page<T extends { metadata: { name?: string } }>(
  all: readonly T[],
  { NextToken, MaxResults }: { NextToken?: string; MaxResults?: number },
): { entries: T[]; nextToken?: string } {
  return pageOf(all, ({ metadata }) => metadata.name ?? "", MaxResults ?? PAGE_SIZE, NextToken);
}

/** Whether a value passes a filter of a list operation. */
export function passes(value: string, condition: string | undefined, values: readonly string[]): boolean {
  if (condition === "BEGINS_WITH") return values.some((each) => value.startsWith(each));
  return values.includes(value);
}
