import { expect } from "chai";
import * as fc from "fast-check";
import { nextWallTime, parseCron } from "./cron.ts";
import { ScheduleExpressionError } from "./cron-field.ts";
import { nextMoment, parseExpression, type Timing } from "./expression.ts";
import { instantOf, isTimeZone, wallTimeOf } from "./zone.ts";

const ms = (text: string): number => Date.parse(text);
const text = (time: number | undefined): string =>
  time === undefined ? "never" : new Date(time).toISOString().slice(0, 16);

/** The first moments of an expression after a time. */
function moments(expression: string, after: string, count: number, more: Partial<Timing> = {}): string[] {
  const timing: Timing = {
    expression: parseExpression(expression),
    timezone: "UTC",
    sinceMs: ms(after),
    atOnce: false,
    ...more,
  };
  const found: string[] = [];
  let last: number | undefined = ms(after);
  while (found.length < count && last !== undefined) {
    last = nextMoment(timing, last);
    found.push(text(last));
  }
  return found;
}

describe("schedule expressions", () => {
  // Examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  const cases: [expression: string, after: string, expected: string[]][] = [
    ["cron(0 10 * * ? *)", "2026-11-25T09:59:59Z", ["2026-11-25T10:00", "2026-11-26T10:00"]],
    ["cron(15 12 * * ? *)", "2026-11-25T12:15:00Z", ["2026-11-26T12:15"]],
    ["cron(0 18 ? * MON-FRI *)", "2026-11-27T18:00:00Z", ["2026-11-30T18:00", "2026-12-01T18:00"]],
    ["cron(0 8 1 * ? *)", "2026-11-25T00:00:00Z", ["2026-12-01T08:00", "2027-01-01T08:00"]],
    ["cron(0/15 * * * ? *)", "2026-11-25T23:44:00Z", ["2026-11-25T23:45", "2026-11-26T00:00"]],
    ["cron(0/10 * ? * 2-6 *)", "2026-11-27T23:50:00Z", ["2026-11-30T00:00"]],
    ["cron(0/30 20-2 ? * MON-FRI *)", "2026-11-25T02:00:00Z", ["2026-11-25T02:30", "2026-11-25T20:00"]],
    ["cron(0 12 ? * SAT-MON *)", "2026-11-25T00:00:00Z", ["2026-11-28T12:00", "2026-11-29T12:00", "2026-11-30T12:00"]],
    ["cron(0 12 L * ? *)", "2027-02-01T00:00:00Z", ["2027-02-28T12:00", "2027-03-31T12:00"]],
    ["cron(0 12 LW * ? *)", "2027-02-01T00:00:00Z", ["2027-02-26T12:00", "2027-03-31T12:00"]],
    ["cron(0 12 15W * ? *)", "2026-11-01T00:00:00Z", ["2026-11-16T12:00", "2026-12-15T12:00"]],
    ["cron(0 12 1W * ? *)", "2026-07-31T12:00:00Z", ["2026-08-03T12:00"]],
    ["cron(0 12 31W * ? *)", "2026-01-01T00:00:00Z", ["2026-01-30T12:00", "2026-03-31T12:00", "2026-05-29T12:00"]],
    ["cron(0 12 ? * 3#2 *)", "2026-11-01T00:00:00Z", ["2026-11-10T12:00", "2026-12-08T12:00"]],
    ["cron(0 12 ? * MON#5 *)", "2026-12-01T00:00:00Z", ["2027-03-29T12:00"]],
    ["cron(0 12 ? * 6L *)", "2026-11-01T00:00:00Z", ["2026-11-27T12:00", "2026-12-25T12:00"]],
    ["cron(0 0 29 FEB ? *)", "2026-11-25T00:00:00Z", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["cron(0 0 1 1 ? 2027,2030)", "2026-11-25T00:00:00Z", ["2027-01-01T00:00", "2030-01-01T00:00", "never"]],
    ["cron(0 0 30 2 ? *)", "2026-11-25T00:00:00Z", ["never"]],
    ["at(2026-11-25T12:00:00)", "2026-11-25T11:00:00Z", ["2026-11-25T12:00", "never"]],
    ["rate(5 minutes)", "2026-11-25T11:02:00Z", ["2026-11-25T11:07", "2026-11-25T11:12"]],
    ["rate(1 day)", "2026-11-25T11:02:00Z", ["2026-11-26T11:02"]],
  ];
  for (const [expression, after, expected] of cases) {
    it(`${expression} after ${after}`, () => {
      expect(moments(expression, after, expected.length)).to.deep.equal(expected);
    });
  }

  for (const wrong of [
    "cron(0 10 * * * *)",
    "cron(0 10 ? * ? *)",
    "cron(0 10 * * ?)",
    "cron(60 10 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0/0 10 * * ? *)",
    "cron(0 10 32 * ? *)",
    "cron(0 10 * 13 ? *)",
    "cron(0 10 ? * 8 *)",
    "cron(0 10 ? * MON#6 *)",
    "cron(0 10 ? * FOO *)",
    "cron(0 10 * * ? 1969)",
    "rate(0 minutes)",
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(5 seconds)",
    "at(2026-13-25T12:00:00)",
    "at(2026-11-25)",
    "0 10 * * ? *",
    "",
  ]) {
    it(`refuses ${wrong === "" ? "nothing" : wrong}`, () => {
      expect(() => parseExpression(wrong)).to.throw(ScheduleExpressionError);
    });
  }

  it("counts a rate from its start, or from when it is in force", () => {
    const startMs = ms("2026-11-25T10:30:00Z");
    expect(moments("rate(1 hour)", "2026-11-25T10:00:00Z", 2, { startMs })).to.deep.equal([
      "2026-11-25T10:30",
      "2026-11-25T11:30",
    ]);
    const timing = { timezone: "UTC", expression: parseExpression("rate(1 hour)"), sinceMs: startMs };
    expect(nextMoment({ ...timing, atOnce: true }, startMs - 1)).to.equal(startMs);
    expect(nextMoment({ ...timing, atOnce: false }, startMs - 1)).to.equal(startMs + 3_600_000);
  });

  it("ends", () => {
    const endMs = ms("2026-11-26T10:00:00Z");
    expect(moments("cron(0 10 * * ? *)", "2026-11-25T12:00:00Z", 2, { endMs })).to.deep.equal([
      "2026-11-26T10:00",
      "never",
    ]);
  });

  it("leaves out what clocks skip, and runs once what they repeat", () => {
    const more = { timezone: "Europe/Berlin" };
    // 2026-03-29: from 02:00 to 03:00. 2026-10-25: from 03:00 back to 02:00.
    expect(moments("cron(30 2 * * ? *)", "2026-03-28T00:00:00Z", 2, more)).to.deep.equal([
      "2026-03-28T01:30",
      "2026-03-30T00:30",
    ]);
    expect(moments("cron(30 * * * ? *)", "2026-10-24T23:45:00Z", 3, more)).to.deep.equal([
      "2026-10-25T00:30",
      "2026-10-25T02:30",
      "2026-10-25T03:30",
    ]);
    expect(moments("at(2026-03-29T02:30:00)", "2026-03-28T00:00:00Z", 1, more)).to.deep.equal(["2026-03-29T01:30"]);
  });

  it("knows the time zones of the IANA database", () => {
    expect(["UTC", "Europe/Berlin", "Asia/Kathmandu"].every(isTimeZone)).to.equal(true);
    expect(isTimeZone("Europe/Springfield")).to.equal(false);
  });

  it("wall clocks and instants belong together", () => {
    const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu");
    const minutes = fc.integer({ min: ms("2000-01-01") / 60_000, max: ms("2040-01-01") / 60_000 });
    fc.assert(
      fc.property(zones, minutes, (zone, minute) => {
        const wallTime = wallTimeOf(minute * 60_000, zone);
        const instant = instantOf(wallTime, zone)!;
        expect(wallTimeOf(instant, zone)).to.equal(wallTime);
        expect(instant).to.be.at.most(minute * 60_000);
      }),
    );
  });

  it("a cron expression's next time is the first minute that fits it", () => {
    const field = (min: number, max: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min, max }).map(String),
        fc.tuple(fc.integer({ min, max }), fc.integer({ min: 1, max: 20 })).map(([from, step]) => `${from}/${step}`),
        fc
          .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
          .map((pair) => pair.sort((a, b) => a - b).join("-")),
      );
    const start = fc.integer({ min: ms("2024-01-01") / 60_000, max: ms("2028-01-01") / 60_000 });
    fc.assert(
      fc.property(field(0, 59), field(0, 23), field(1, 7), start, (minute, hour, weekday, from) => {
        const next = nextWallTime(parseCron(`${minute} ${hour} ? * ${weekday} *`), from * 60_000)!;
        const fits = (value: number, pattern: string): boolean => {
          const [, first = "", last, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(pattern)!;
          if (first === "*") return true;
          if (step !== undefined) return value >= Number(first) && (value - Number(first)) % Number(step) === 0;
          return value >= Number(first) && value <= Number(last ?? first);
        };
        const matches = (time: number): boolean => {
          const date = new Date(time);
          return (
            fits(date.getUTCMinutes(), minute) && fits(date.getUTCHours(), hour) && fits(date.getUTCDay() + 1, weekday)
          );
        };
        for (let time = (from + 1) * 60_000; time < next; time += 60_000)
          expect(matches(time), text(time)).to.equal(false);
        expect(matches(next), text(next)).to.equal(true);
      }),
    );
  });
});
