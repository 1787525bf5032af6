import { expect } from "chai";
import { once } from "node:events";
import { Deadlines } from "./deadlines.ts";

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
const LONG_MS = 60_000;

describe("deadlines of calls", () => {
  it("leave nothing behind of calls that are over, however they end", async () => {
    // By then Mocha has its own timer.
    await new Promise((resolve) => setImmediate(resolve));
    const before = timers();
    const deadlines = new Deadlines(LONG_MS, new AbortController().signal);
    const gate = Promise.withResolvers<string>();
    const calls = Array.from({ length: 10 }, () => deadlines.within(() => gate.promise));
    expect(timers() - before).to.equal(10);
    gate.resolve("answer");
    expect(await Promise.all(calls)).to.deep.equal(Array.from({ length: 10 }, () => "answer"));
    const failed = await deadlines
      .within(() => Promise.reject(new Error("refused")))
      .catch((error: Error) => error.message);
    expect(failed).to.equal("refused");
    expect(timers() - before).to.equal(0);
  });

  it("give a call up when its time has passed", async () => {
    const reason = await new Deadlines(1, new AbortController().signal).within(async (signal) => {
      await once(signal, "abort");
      return (signal.reason as Error).name;
    });
    expect(reason).to.equal("TimeoutError");
  });

  it("end all calls that are not over, and those that come then, when the process ends", async () => {
    const ending = new AbortController();
    const deadlines = new Deadlines(LONG_MS, ending.signal);
    const over = await deadlines.within((signal) => Promise.resolve(signal));
    const open = deadlines.within(async (signal) => {
      await once(signal, "abort");
      return (signal.reason as Error).message;
    });
    ending.abort(new Error("ending"));
    expect(await open).to.equal("ending");
    expect(await deadlines.within((signal) => Promise.resolve(signal.aborted))).to.equal(true);
    expect(over.aborted).to.equal(false);
  });
});
