import { expect } from "chai";
import { Registry } from "prom-client";
import { runSql } from "#projector/ad-hoc-sql.ts";
import type { Store } from "#projector/store.ts";
import { Folder } from "#projector/testing/fixtures.ts";
import { LogWriter } from "./log-writer.ts";
import { logMetrics } from "./metrics.ts";

const entry = (second: number, message: string) => ({ at: `2026-11-24T12:00:0${second}.000000000Z`, message });
const position = (second: number) => ({ at: entry(second, "").at, count: 1 });

describe("the writer of log events", () => {
  let folder: Folder;
  let store: Store;
  let writer: LogWriter;
  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    const metrics = logMetrics(new Registry(), { held: 0, waiting: 0 }, () => undefined);
    writer = new LogWriter({ store, metrics, now: () => new Date() });
  });
  afterEach(() => {
    store.close();
    folder.remove();
  });

  const ask = async (sql: string) => (await runSql(store, sql, new AbortController().signal)).rows;
  const events = () =>
    ask("SELECT stream_name, message FROM log_events e JOIN log_streams s ON s.id = e.stream ORDER BY seq");

  it("writes events of several commits and streams once, in order, with how far each log was read", async () => {
    const [one, other] = [await writer.open("/g", "one"), await writer.open("/g", "other")];
    for (let second = 0; second < 3; second++) {
      await writer.append(one, [entry(second, `a${second}`), entry(second, `b${second}`)], position(second));
      if (second === 1) await writer.append(other, [entry(second, "other")], position(second));
      await writer.flush(one);
    }
    expect(await events()).to.deep.equal([
      ["one", "a0"],
      ["one", "b0"],
      ["one", "a1"],
      ["one", "b1"],
      ["other", "other"],
      ["one", "a2"],
      ["one", "b2"],
    ]);
    expect((await writer.open("/g", "one")).position).to.deep.equal(position(2));
    expect((await writer.open("/g", "other")).position).to.deep.equal(position(1));
  });

  it("leaves nothing behind of a commit that failed, and goes on with the next", async () => {
    const stream = await writer.open("/g", "one");
    await writer.append(stream, [entry(0, "kept")], position(0));
    await writer.flush(stream);
    await store.write(async ({ session }) => {
      await session.connection.run("UPDATE log_streams SET id = id + 1000");
    });
    await writer.append(stream, [entry(1, "lost")], position(1));
    const failure = await writer.flush(stream).catch((error: Error) => error.message);
    expect(failure).to.equal("A commit of log events failed.");
    await store.write(async ({ session }) => {
      await session.connection.run("UPDATE log_streams SET id = id - 1000");
    });
    const again = await writer.open("/g", "one");
    expect(again.position).to.deep.equal(position(0));
    await writer.append(again, [entry(1, "again")], position(1));
    await writer.flush(again);
    expect((await events()).map(([, message]) => message)).to.deep.equal(["kept", "again"]);
  });
});
