const DAY_MS = 86_400_000;

/** Formatters are slow to make. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the name is one of the IANA time zone database. */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the wall clock of a zone shows at an instant (milliseconds since 1970), as if it were UTC's. */
export function wallTimeOf(instant: number, zone: string): number {
  if (zone === "UTC") return instant;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const milliseconds = ((instant % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
}

/**
 * The instant at which a zone's wall clock shows a time: the first of two where it shows it twice, undefined where it
 * never does because clocks are put forward over it.
 */
export function instantOf(wallTime: number, zone: string): number | undefined {
  const [first] = candidates(wallTime, zone).filter((instant) => wallTimeOf(instant, zone) === wallTime);
  return first;
}

/** As {@link instantOf}, but of a time that the clock skips, the instant at which it would have come. */
export function instantOfOrAfter(wallTime: number, zone: string): number {
  return instantOf(wallTime, zone) ?? Math.max(...candidates(wallTime, zone));
}

/** By the offsets of the day before and the day after: between them lies at most one change. Earlier one first. */
function candidates(wallTime: number, zone: string): number[] {
  const offsets = [wallTime - DAY_MS, wallTime + DAY_MS].map((instant) => wallTimeOf(instant, zone) - instant);
  return offsets.map((offset) => wallTime - offset).sort((a, b) => a - b);
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}
