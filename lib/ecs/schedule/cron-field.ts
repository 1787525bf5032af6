/** What a field of a cron expression can hold. */
export interface Range {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, the first of `min`. */
  readonly names?: readonly string[];
}

/** A cron, rate or at expression that is none; the message says what is wrong with it. */
export class ScheduleExpressionError extends Error {
  override readonly name = "ScheduleExpressionError";
}

/**
 * The values of one field: `*`, `5`, `1-5`, `MON-FRI`, `0/15`, and lists of these with commas. A range may go over the
 * end: `20-2`.
 * @throws ScheduleExpressionError
 */
export function parseField(text: string, range: Range): ReadonlySet<number> {
  const values = new Set<number>();
  for (const item of text.split(",")) for (const value of valuesOf(item, range)) values.add(value);
  return values;
}

interface Item {
  readonly first: string;
  readonly last: string | undefined;
  readonly step: string | undefined;
}

function valuesOf(text: string, range: Range): number[] {
  const match = /^(\*|[A-Za-z0-9]+)(?:-([A-Za-z0-9]+))?(?:\/(\d+))?$/.exec(text);
  if (!match) throw wrong(text, range);
  const item: Item = { first: match[1] ?? "", last: match[2], step: match[3] };
  const every = item.step === undefined ? 1 : Number(item.step);
  if (every === 0 || (item.first === "*" && item.last !== undefined)) throw wrong(text, range);
  const from = item.first === "*" ? range.min : valueOf(item.first, range);
  const to = endOf(item, range);
  const size = range.max - range.min + 1;
  const span = to >= from ? to - from : to + size - from;
  return Array.from({ length: Math.floor(span / every) + 1 }, (_, index) => {
    const value = from + index * every;
    return value > range.max ? value - size : value;
  });
}

/** `5/10` goes on to the end of the range, as `*` does. */
function endOf({ first, last, step }: Item, range: Range): number {
  if (last !== undefined) return valueOf(last, range);
  return first === "*" || step !== undefined ? range.max : valueOf(first, range);
}

/** @throws ScheduleExpressionError where it is neither a number of the range nor the name of one */
export function valueOf(text: string, range: Range): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? range.min + named : Number(text);
  if (!/^\d+$/.test(text) && named < 0) throw wrong(text, range);
  if (value < range.min || value > range.max) throw wrong(text, range);
  return value;
}

function wrong(item: string, { name, min, max }: Range): ScheduleExpressionError {
  return new ScheduleExpressionError(`"${item}" is no ${name} (${min} to ${max}).`);
}
