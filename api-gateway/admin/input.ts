import type { ParsedUrlQuery } from "node:querystring";
import { pointInTime } from "#lib/point-in-time.ts";
import { AdminError } from "./admin-error.ts";

const ARN = /^arn:aws[-a-z]*:[-a-z]+:[-a-z0-9]*:\d{12}:\S+$/;

/** The ARN that stands at the end of a path. @throws AdminError for what is none. */
export function arnOf(text: string | undefined): string {
  const arn = text ?? "";
  if (!ARN.test(arn)) {
    throw new AdminError(
      400,
      `"${arn.slice(0, 200)}" is no ARN; one looks like arn:aws:ecs:us-east-1:000000000000:service/default/web.`,
    );
  }
  return arn;
}

/** One parameter of a query. @throws AdminError where it is given twice. */
export function parameter(query: ParsedUrlQuery, name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw new AdminError(400, `${name} is given more than once.`);
  return value === "" ? undefined : value;
}

/** A time in a query. @throws AdminError for what is none. */
export function timeOf(query: ParsedUrlQuery, name: string, now: Date): Date | undefined {
  const text = parameter(query, name);
  if (text === undefined) return undefined;
  const time = pointInTime(text, now);
  if (time !== undefined) return time;
  throw new AdminError(
    400,
    `${name}: "${text.slice(0, 100)}" is no time. Write 2026-11-25T10:00:00Z (UTC), seconds since 1970, now, or how long ago: 90s, 15m, 2h, 1d.`,
  );
}

/** A whole number in a query. @throws AdminError for what is none or out of range. */
export function numberOf(query: ParsedUrlQuery, name: string, range: { default: number; max: number }): number {
  const text = parameter(query, name);
  if (text === undefined) return range.default;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= range.max) return value;
  throw new AdminError(400, `${name} has to be a whole number from 1 to ${range.max}.`);
}
