import { expect } from "chai";
import * as fc from "fast-check";
import { millisecondsOf, type LogEntry } from "./lines.ts";
import { BEGINNING, LogReader, sinceTime } from "./position.ts";

const entry = (ms: number, message: string): LogEntry => ({
  at: `2026-01-02T03:04:0${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, "0")}000000Z`,
  message,
});

/** What the Kubernetes API gives of a log from a whole second on. */
function answer(log: readonly LogEntry[], since: string | undefined): LogEntry[] {
  return log.filter(({ at }) => since === undefined || millisecondsOf(at) >= Date.parse(since));
}

describe("reading a log in pieces", () => {
  it("loses and repeats nothing, wherever it is cut and however lines are out of order", () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 300 })), {
      maxLength: 40,
    });
    const cuts = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 });
    fc.assert(
      fc.property(times, cuts, (made, cuts) => {
        const sorted = made.map(([ms, late]) => ({ ms, at: ms + late })).sort((a, b) => a.at - b.at);
        const log = sorted.map(({ ms }, index) => entry(ms, String(index)));
        const taken: string[] = [];
        let position = BEGINNING;
        for (const cut of [...cuts.sort((a, b) => a - b), log.length]) {
          const reader = new LogReader(position);
          const given = answer(log.slice(0, cut), sinceTime(position));
          for (const each of given) if (reader.isNew(each)) taken.push(each.message);
          position = reader.position;
        }
        const late = log.filter((each, index) => isTooLate(log, each, index)).map(({ message }) => message);
        expect(new Set(taken).size).to.equal(taken.length);
        for (const { message } of log) if (!late.includes(message)) expect(taken).to.include(message);
      }),
    );
  });

  it("takes a log that begins anew from its beginning", () => {
    const reader = new LogReader({ at: entry(1500, "").at, count: 3 });
    expect(reader.isNew(entry(1600, "first of the new container"))).to.equal(true);
    expect(reader.position).to.deep.equal({ at: entry(1600, "").at, count: 1 });
  });

  it("takes of an earlier container only what is newer", () => {
    const reader = new LogReader({ at: entry(1500, "").at, count: 1 }, { earlier: true });
    expect([1400, 1450, 1500, 1501].map((ms) => reader.isNew(entry(ms, "")))).to.deep.equal([
      false,
      false,
      false,
      true,
    ]);
    expect(reader.position.count).to.equal(0);
  });
});

/** A line that comes after one of a later second: the Kubernetes API does not give it when reading goes on there. */
function isTooLate(log: readonly LogEntry[], { at }: LogEntry, index: number): boolean {
  return log.slice(0, index).some((before) => before.at.slice(0, 19) > at.slice(0, 19));
}
