import { expect } from "chai";
import { pointInTime } from "./point-in-time.ts";

describe("a point in time", () => {
  const now = new Date("2026-11-25T10:00:00Z");
  const cases: Record<string, string | undefined> = {
    now: "2026-11-25T10:00:00.000Z",
    "15m": "2026-11-25T09:45:00.000Z",
    "2d": "2026-11-23T10:00:00.000Z",
    "2026-11-25T09:30:00Z": "2026-11-25T09:30:00.000Z",
    "2026-11-25T09:30:00.123": "2026-11-25T09:30:00.123Z",
    "2026-11-25 09:30": "2026-11-25T09:30:00.000Z",
    "2026-11-25T09:30:00+02:00": "2026-11-25T07:30:00.000Z",
    "2026-11-25": "2026-11-25T00:00:00.000Z",
    "1795600000": "2026-11-25T09:46:40.000Z",
    yesterday: undefined,
    "2026-13-45": undefined,
    "": undefined,
    "999999999d": undefined,
  };
  for (const [text, expected] of Object.entries(cases)) {
    it(`reads ${text || "nothing"} as ${expected ?? "no time"}`, () => {
      expect(pointInTime(text, now)?.toISOString()).to.equal(expected);
    });
  }
});
