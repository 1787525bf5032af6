import { expect } from "chai";
import { Registry } from "prom-client";
import type { Reader } from "./repository.ts";
import { resilientReader } from "./resilient-reader.ts";
import type { Store } from "./store.ts";
import {
  DatabaseClosedError,
  DatabaseUnavailableError,
  mayPass,
  storeErrorKind,
  type StoreErrorKind,
} from "./store-errors.ts";
import { keepingLog } from "./testing/fixtures.ts";
import { memoryStore } from "./testing/memory-store.ts";

const FAST = { backoff: { baseMs: 1, maxMs: 5 }, breakMs: { baseMs: 60, maxMs: 60 } };

async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  return expect.fail("it did not fail");
}

describe("a reader that bears failures", () => {
  let store: Store;
  let metrics: Registry;
  let lines: string[];
  /** Reads that reach the database. */
  let asked: number;
  let reader: Reader;

  beforeEach(async () => {
    store = await memoryStore();
    metrics = new Registry();
    lines = [];
    asked = 0;
    const counted: Reader = {
      read: (...of) => {
        asked++;
        return store.read(...of);
      },
    };
    reader = resilientReader(counted, { log: keepingLog(lines), metrics, ...FAST });
  });
  afterEach(() => store.close());

  it("answers over a database that is opened again", async () => {
    const patient = { log: keepingLog(lines), metrics, backoff: { baseMs: 300, maxMs: 2000 } };
    const waiting = resilientReader({ read: (...of) => (asked++, store.read(...of)) }, patient);
    store.close();
    const reading = waiting.read("history_head");
    await store.reopen();
    expect(await reading).to.have.length(1);
    expect(asked).to.be.greaterThan(1);
    expect(await metrics.metrics()).to.match(/kecs_db_retries_total\{error_kind="unavailable"\} [1-3]\n/);
  });

  it("tells callers at once while the database does not answer, and asks again later", async () => {
    store.close();
    await failureOf(reader.read("history_head"));
    const broken = await failureOf(reader.read("history_head"));
    expect(broken).to.be.instanceOf(DatabaseUnavailableError).with.property("retryAfterSeconds", 1);
    const before = asked;
    await failureOf(reader.read("history_head"));
    expect(asked).to.equal(before);
    expect(await metrics.metrics()).to.match(/kecs_db_circuit_open 1/);
    expect(lines).to.deep.equal(["Database fails; it is not asked for a while"]);

    await store.reopen();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await reader.read("history_head")).to.have.length(1);
    expect(await metrics.metrics()).to.match(/kecs_db_circuit_open 0/);
    expect(lines.at(-1)).to.equal("Database answers again");
  });

  it("does not repeat a question that is wrong, nor blame the database for it", async () => {
    for (let attempt = 1; attempt <= 10; attempt++) {
      await failureOf(reader.read("tasks_by_id", { nonsense: "x" }));
      expect(asked).to.equal(attempt);
    }
    expect(await reader.read("history_head")).to.have.length(1);
  });
});

describe("kinds of the database's failures", () => {
  const KINDS: [message: string, kind: StoreErrorKind][] = [
    ["TransactionContext Error: Failed to commit: write-write conflict on key", "conflict"],
    ["Transaction Error: Conflict on tuple deletion!", "conflict"],
    ["IO Error: Could not write file: No space left on device", "full"],
    ["FATAL Error: database has been invalidated because of a previous fatal error: No space left on device", "full"],
    ["Out of Memory Error: failed to allocate data of size 1.0 MiB", "full"],
    ["FATAL Error: Failed: database has been invalidated", "corrupt"],
    ["INTERNAL Error: Attempted to dereference shared_ptr that is NULL!", "corrupt"],
    ["IO Error: Could not read from file", "transient"],
    ["INTERRUPT Error: Interrupted!", "transient"],
    ["Binder Error: Referenced column not found", "invalid"],
    ["Cannot read properties of undefined", "invalid"],
  ];
  for (const [message, kind] of KINDS) {
    it(`${kind}: ${message}`, () => expect(storeErrorKind(new Error(message))).to.equal(kind));
  }

  it("are DuckDB's own words", async () => {
    const store = await memoryStore();
    const error = await store.borrow(async (connection) => {
      await connection.run("CREATE TABLE t AS SELECT 1 AS x; BEGIN; UPDATE t SET x = 2");
      const conflict = await failureOf(
        store.borrow(async (other) => {
          await other.run("UPDATE t SET x = 3");
        }),
      );
      const interrupted = connection.run("SELECT count(*) FROM range(100000000) a, range(100000) b");
      setTimeout(() => connection.interrupt(), 50);
      return {
        conflict,
        interrupted: await failureOf(interrupted),
        binder: await failureOf(connection.run("SELECT y")),
      };
    });
    expect(storeErrorKind(error.conflict), error.conflict.message).to.equal("conflict");
    expect(storeErrorKind(error.interrupted), error.interrupted.message).to.equal("transient");
    expect(storeErrorKind(error.binder), error.binder.message).to.equal("invalid");
    store.close();
    expect(mayPass(await failureOf(store.read("history_head")))).to.equal(true);
    expect(mayPass(new DatabaseClosedError("closed"))).to.equal(true);
  });
});
