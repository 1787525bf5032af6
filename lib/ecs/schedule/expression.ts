import { type Cron, nextWallTime, parseCron } from "./cron.ts";
import { ScheduleExpressionError } from "./cron-field.ts";
import { instantOf, instantOfOrAfter, wallTimeOf } from "./zone.ts";

/** A schedule expression, read. */
export type Expression =
  | { readonly kind: "cron"; readonly cron: Cron }
  | { readonly kind: "rate"; readonly everyMs: number }
  /** A wall clock's time, as if it were UTC's. */
  | { readonly kind: "at"; readonly wallTime: number };

/** An expression with what bounds it. Instants are milliseconds since 1970. */
export interface Timing {
  readonly expression: Expression;
  /** IANA name. */
  readonly timezone: string;
  /** No moment before it; a rate is counted from it. */
  readonly startMs?: number | undefined;
  /** No moment after it. */
  readonly endMs?: number | undefined;
  /** Since when the schedule is in force: a rate without a start is counted from here. */
  readonly sinceMs: number;
  /** Whether a rate without a start has its first moment at once, rather than after its first interval. */
  readonly atOnce: boolean;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `cron(0 12 * * ? *)`, `rate(5 minutes)` or `at(2026-11-25T12:00:00)`.
 * @throws ScheduleExpressionError
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function parseExpression(text: string): Expression {
  const [, kind, inner = ""] = /^(cron|rate|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === "cron") return { kind, cron: parseCron(inner) };
  if (kind === "rate") return { kind, everyMs: parseRate(inner) };
  if (kind === "at") return { kind, wallTime: parseAt(inner) };
  throw new ScheduleExpressionError("A schedule expression is cron(…), rate(…) or at(…).");
}

function parseRate(text: string): number {
  const [, value = "0", unit = "", plural] = /^(\d{1,9}) (minute|hour|day)(s?)$/.exec(text.trim()) ?? [];
  const count = Number(value);
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined || count === 0 || (count === 1) === (plural === "s")) {
    throw new ScheduleExpressionError("A rate is a positive number and a unit, as in rate(1 minute) or rate(5 hours).");
  }
  return count * unitMs;
}

function parseAt(text: string): number {
  const wallTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(wallTime)) throw new ScheduleExpressionError("A one-time schedule is at(yyyy-mm-ddThh:mm:ss).");
  return wallTime;
}

/**
 * The first moment after an instant at which a schedule is due; undefined where there is none any more. In the hour
 * that clocks are put forward over nothing is due, in the one that they repeat, once.
 */
export function nextMoment(timing: Timing, afterMs: number): number | undefined {
  const { expression, startMs = -Infinity, endMs = Infinity } = timing;
  // One-time schedules have neither start nor end, as AWS has it.
  if (expression.kind === "at") {
    const at = instantOfOrAfter(expression.wallTime, timing.timezone);
    return at > afterMs ? at : undefined;
  }
  const after = Math.max(afterMs, startMs - 1);
  const moment =
    expression.kind === "rate"
      ? nextOfRate(timing, expression.everyMs, after)
      : nextOfCron(timing, expression.cron, after);
  return moment === undefined || moment > endMs ? undefined : moment;
}

function nextOfRate({ startMs, sinceMs, atOnce }: Timing, everyMs: number, afterMs: number): number {
  const base = startMs ?? sinceMs;
  const first = startMs !== undefined || atOnce ? 0 : 1;
  return base + Math.max(first, Math.floor((afterMs - base) / everyMs) + 1) * everyMs;
}

function nextOfCron({ timezone }: Timing, cron: Cron, afterMs: number): number | undefined {
  let wallTime: number | undefined = wallTimeOf(afterMs, timezone);
  for (;;) {
    wallTime = nextWallTime(cron, wallTime);
    if (wallTime === undefined) return undefined;
    const instant = instantOf(wallTime, timezone);
    if (instant !== undefined && instant > afterMs) return instant;
  }
}
