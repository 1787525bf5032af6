const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * A point in time as people write it: ISO 8601 (`2026-11-25T10:00:00Z`, UTC where no zone is given), seconds since 1970,
 * `now`, or how long ago (`90s`, `15m`, `2h`, `1d`). Undefined for anything else.
 */
export function pointInTime(text: string, now: Date): Date | undefined {
  if (text === "now") return now;
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago?.[1] !== undefined) return valid(now.getTime() - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS]);
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return valid(Number(text) * 1000);
  const iso = /^\d{4}-\d\d-\d\d(?:[T ](?:\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (iso === null) return undefined;
  const withTime = text.length > "2026-11-25".length;
  return valid(Date.parse(withTime && iso[1] === undefined ? `${text.replace(" ", "T")}Z` : text.replace(" ", "T")));
}

function valid(ms: number): Date | undefined {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
