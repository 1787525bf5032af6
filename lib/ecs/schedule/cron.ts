import { type Range, parseField, ScheduleExpressionError, valueOf } from "./cron-field.ts";

const MINUTE: Range = { name: "minute", min: 0, max: 59 };
const HOUR: Range = { name: "hour", min: 0, max: 23 };
const DAY_OF_MONTH: Range = { name: "day of the month", min: 1, max: 31 };
const MONTH: Range = {
  name: "month",
  min: 1,
  max: 12,
  names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const DAY_OF_WEEK: Range = {
  name: "day of the week",
  min: 1,
  max: 7,
  names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
};
const YEAR: Range = { name: "year", min: 1970, max: 2199 };
const FIELDS = 6;
const DAY_MS = 86_400_000;
const SATURDAY = 7;

/** The days of a month, ascending. `month` is 1 to 12. */
type DaysOf = (year: number, month: number) => number[];

/** A cron expression of AWS, read. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  readonly daysOf: DaysOf;
}

/**
 * Reads AWS's six fields: minutes, hours, day of month, month, day of week, year. `L`, `W` and `#` are known; one of
 * the two day fields is `?`; Sunday is 1.
 * @param fields what stands between the parentheses of `cron(…)`
 * @throws ScheduleExpressionError
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function parseCron(fields: string): Cron {
  const parts = fields.trim().split(/\s+/);
  if (parts.length !== FIELDS) {
    throw new ScheduleExpressionError(
      "A cron expression has six fields: minutes, hours, day-of-month, month, day-of-week, year.",
    );
  }
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = parts;
  return {
    minutes: sorted(parseField(minutes, MINUTE)),
    hours: sorted(parseField(hours, HOUR)),
    months: parseField(month, MONTH),
    years: parseField(year, YEAR),
    daysOf: parseDays(dayOfMonth, dayOfWeek),
  };
}

/**
 * The first time after `after` that an expression means; undefined where there is none any more.
 * Times are those of a wall clock, in milliseconds as if it were that of UTC.
 */
export function nextWallTime(cron: Cron, after: number): number | undefined {
  const start = new Date(after);
  for (let year = start.getUTCFullYear(); year <= YEAR.max; year++) {
    if (!cron.years.has(year)) continue;
    const firstMonth = year === start.getUTCFullYear() ? start.getUTCMonth() + 1 : 1;
    for (let month = firstMonth; month <= 12; month++) {
      const found = cron.months.has(month) ? firstOfMonth(cron, year, month, after) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function firstOfMonth(cron: Cron, year: number, month: number, after: number): number | undefined {
  for (const day of cron.daysOf(year, month)) {
    const midnight = Date.UTC(year, month - 1, day);
    if (midnight + DAY_MS <= after) continue;
    for (const hour of cron.hours) {
      const found = cron.minutes.map((minute) => midnight + (hour * 60 + minute) * 60_000).find((time) => time > after);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function parseDays(dayOfMonth: string, dayOfWeek: string): DaysOf {
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    throw new ScheduleExpressionError("Exactly one of day-of-month and day-of-week must be ?.");
  }
  return dayOfWeek === "?" ? union(dayOfMonth, dayOfMonthItem) : union(dayOfWeek, dayOfWeekItem);
}

/** The days that any item of a list means. */
function union(field: string, parse: (item: string) => DaysOf): DaysOf {
  const items = field.split(",").map(parse);
  return (year, month) => sorted(new Set(items.flatMap((daysOf) => daysOf(year, month))));
}

function dayOfMonthItem(item: string): DaysOf {
  if (item === "L") return (year, month) => [lastDay(year, month)];
  if (item === "LW") return (year, month) => [nearestWeekday(year, month, lastDay(year, month))];
  const weekday = /^(\d+)W$/.exec(item);
  if (weekday) {
    const day = valueOf(weekday[1] ?? "", DAY_OF_MONTH);
    return (year, month) => (day > lastDay(year, month) ? [] : [nearestWeekday(year, month, day)]);
  }
  const days = sorted(parseField(item, DAY_OF_MONTH));
  return (year, month) => days.filter((day) => day <= lastDay(year, month));
}

function dayOfWeekItem(item: string): DaysOf {
  if (item === "L") return (year, month) => daysOnWeekdays(year, month, new Set([SATURDAY]));
  const last = /^([A-Za-z0-9]+)L$/.exec(item);
  if (last) {
    const weekday = new Set([valueOf(last[1] ?? "", DAY_OF_WEEK)]);
    return (year, month) => daysOnWeekdays(year, month, weekday).slice(-1);
  }
  const nth = /^([A-Za-z0-9]+)#([1-5])$/.exec(item);
  if (nth) {
    const weekday = new Set([valueOf(nth[1] ?? "", DAY_OF_WEEK)]);
    const index = Number(nth[2]) - 1;
    return (year, month) => daysOnWeekdays(year, month, weekday).slice(index, index + 1);
  }
  const weekdays = parseField(item, DAY_OF_WEEK);
  return (year, month) => daysOnWeekdays(year, month, weekdays);
}

function daysOnWeekdays(year: number, month: number, weekdays: ReadonlySet<number>): number[] {
  const days = Array.from({ length: lastDay(year, month) }, (_, index) => index + 1);
  return days.filter((day) => weekdays.has(weekdayOf(year, month, day)));
}

/** Monday to Friday nearest to a day, within its month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === SATURDAY) return day === 1 ? day + 2 : day - 1;
  if (weekday === 1) return day === lastDay(year, month) ? day - 2 : day + 1;
  return day;
}

/** 1 (Sunday) to 7. */
const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b);
