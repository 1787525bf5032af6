import { expect } from "chai";
import { join } from "node:path";
import { runSql } from "../ad-hoc-sql.ts";
import type { Change } from "../batch.ts";
import type { Store } from "../store.ts";
import { prepareFiles } from "../encryption/rekey-files.ts";
import { testEncryption } from "../testing/encryption.ts";
import { fill } from "../testing/fill.ts";
import { Folder, quiet, task } from "../testing/fixtures.ts";
import { archiveFiles } from "./partitions.ts";
import { rollOver } from "./roll-over.ts";
import { archiveAt } from "./testing/archive-at.ts";

const signal = new AbortController().signal;

/** Changes of one task, a version each second, seen `lateMs` after they happened; the last deletes it. */
function changesOf(name: string, versions: number, from: string, lateMs = 0): Change[] {
  return Array.from({ length: versions }, (_, index) => ({
    kind: "ECSTask",
    type: index === versions - 1 ? "DELETED" : "MODIFIED",
    source: "watch",
    object: task(name, index + 2, { status: { lastStatus: "STOPPED", stoppedReason: `reason ${index}` } }),
    resourceVersion: String(index + 2),
    at: new Date(Date.parse(from) + index * 1000 + lateMs),
  }));
}

const NOON = "2026-11-20T12:00:00Z";
const LATER = "2026-11-20T15:00:00Z";
const NEXT_DAY = "2026-11-21T12:00:00Z";

describe("replicas that share an archive", () => {
  let folders: Folder[];
  let first: Store;
  let second: Store;
  beforeEach(async () => {
    const [a, b] = [new Folder(), new Folder()];
    folders = [a, b];
    // Before there is any such folder.
    second = await b.open({ sharedArchiveDir: join(a.path, "archive") });
    first = await a.open();
    await fill(first, [...changesOf("a", 10, NOON), ...changesOf("b", 10, NOON)]);
    // The other replica sees them in another order, and a little later.
    await fill(second, [...changesOf("b", 10, NOON, 70), ...changesOf("a", 10, NOON, 70)]);
  });
  afterEach(() => folders.forEach((folder) => folder.remove()));

  const ask = async (store: Store, sql: string) => (await runSql(store, sql, signal)).rows;
  const history = (store: Store) => ask(store, "FROM history ORDER BY position");
  const recent = async (store: Store) =>
    Number((await ask(store, "SELECT count(*)::INTEGER FROM recent_history"))[0]?.[0]);

  it("write it once: the others take from it what they have, each with its own positions and times", async () => {
    const before = [await history(first), await history(second)];
    await archiveAt(first, LATER).run();
    const { rows, files } = await archiveAt(second, LATER).run();
    expect({ rows, files }).to.deep.equal({ rows: 20, files: 0 });
    expect(await recent(second)).to.equal(0);
    expect(second.archive.list()).to.deep.equal([]);
    expect(await history(second)).to.deep.equal(before[1]);
    await second.reopen();
    expect([await history(first), await history(second)]).to.deep.equal(before);
    // Positions go on, though none of them is in the database any more.
    await fill(second, changesOf("c", 1, LATER));
    expect(await ask(second, "SELECT position::INTEGER FROM recent_history")).to.deep.equal([[21]]);
  });

  it("leave to the one who writes what is not in the archive yet, and write it themselves when it stays away", async () => {
    const before = await history(second);
    expect((await archiveAt(second, LATER).run()).rows).to.equal(0);
    expect(await recent(second)).to.equal(20);
    const { rows, files } = await archiveAt(second, NEXT_DAY).run();
    expect({ rows, files }).to.deep.equal({ rows: 20, files: 1 });
    expect(await history(second)).to.deep.equal(before);
    expect(first.archive.list()).to.deep.equal([]);
  });

  it("write themselves what the archive lacks, or has otherwise", async () => {
    await fill(second, changesOf("only-here", 3, NOON));
    await second.write(async ({ session }) => {
      await session.connection.run(
        `UPDATE recent_history SET object = '{"spec":{}}' WHERE uid = 'uid-a' AND resource_version = 5`,
      );
    });
    const before = await history(second);
    await archiveAt(first, LATER).run();
    expect((await archiveAt(second, LATER).run()).rows).to.equal(19);
    const { rows, files } = await archiveAt(second, NEXT_DAY).run();
    expect({ rows, files }).to.deep.equal({ rows: 4, files: 1 });
    expect(await recent(second)).to.equal(0);
    expect(await history(second)).to.deep.equal(before);
  });

  it("do not wait for it where the database has grown too large", async () => {
    await second.checkpoint();
    const { rows } = await archiveAt(second, LATER, { maxBytes: 1 }).run();
    expect(rows).to.be.greaterThan(15);
    expect(second.archive.list()).to.have.length(1);
  });

  it("go on when its files are merged and removed, and when it lets days go", async () => {
    const before = await history(second);
    await rollOver(first, { before: new Date(LATER), limit: 1000, sliceRows: 5, now: () => new Date(NOON) });
    first.archive.publishList(await archiveFiles(first));
    const archive = archiveAt(second, LATER);
    await archive.run();
    expect(await recent(second)).to.equal(0);
    const owner = archiveAt(first, "2026-11-22T12:00:00Z");
    await owner.run();
    await archive.lookForShared();
    for (let look = 0; look < 2; look++) await owner.run();
    expect(first.archive.list()).to.have.length(1);
    expect(await history(second)).to.deep.equal(before);
    await archiveAt(first, "2027-11-22T12:00:00Z").run();
    const late = archiveAt(second, "2027-11-22T12:00:00Z");
    await late.run();
    expect(await history(second)).to.deep.equal([]);
    expect(await ask(second, "SELECT count(*)::INTEGER FROM shared_history")).to.deep.equal([[0]]);
  });

  it("lose nothing when they are restarted without it, but the sight of it", async () => {
    const before = await history(second);
    await archiveAt(first, LATER).run();
    await archiveAt(second, LATER).run();
    second.close();
    const [, folder] = folders;
    const without = await folder!.open();
    expect(await history(without)).to.deep.equal([]);
    without.close();
    const again = await folder!.open({ sharedArchiveDir: first.archive.path });
    expect(await history(again)).to.deep.equal(before);
  });

  it("go without what their key does not open, until its owner has the same", async function () {
    // DuckDB's extension may have to be fetched.
    this.timeout(600_000);
    const encryption = await testEncryption();
    const before = await history(second);
    await archiveAt(first, LATER).run();
    await archiveAt(second, LATER).run();
    const limits = { memoryLimit: "128MB", threads: 1 };
    const rekey = ({ places }: Folder) => prepareFiles({ ...places, limits, log: quiet }, encryption);
    // The last replica is the first that is started anew.
    const [owner, other] = folders as [Folder, Folder];
    second.close();
    await rekey(other);
    const early = await other.open({ encryption, sharedArchiveDir: first.archive.path });
    expect(await history(early)).to.deep.equal([]);
    first.close();
    await rekey(owner);
    await archiveAt(early, LATER).lookForShared();
    expect(await history(early)).to.deep.equal(before);
  });
});
