import { expect } from "chai";
import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rollOver } from "../archive/roll-over.ts";
import type { Store } from "../store.ts";
import { fill } from "../testing/fill.ts";
import { Folder, quiet } from "../testing/fixtures.ts";
import { story } from "../testing/story.ts";
import { createBackup } from "./backup.ts";
import { listBackups, MANIFEST, pruneBackups } from "./backup-folder.ts";
import { checkBackup } from "./load.ts";

describe("a backup", () => {
  let folder: Folder;
  let store: Store;
  beforeEach(async () => {
    folder = new Folder();
    store = await folder.open();
    await fill(store, story());
  });
  afterEach(() => folder.remove());

  it("has every table as it was at one moment, while writes go on, for its owner alone", async () => {
    await rollOver(store, { before: new Date("2026-11-25T00:00:00Z"), limit: 1e6, now: () => new Date() });
    const head = Number((await store.read("history_head"))[0]?.["head"]);
    const later = fill(store, story());
    const backup = await createBackup(store, quiet, new Date());
    await later;
    const { manifest } = backup;
    expect(manifest.tables.map(({ name }) => name)).to.include.members([
      "recent_history",
      "stored_tasks",
      "archive_files",
    ]);
    expect(manifest.tables.map(({ name }) => name)).to.not.include("schema_migrations");
    // Some of what was written meanwhile may be in it, but a row with what belongs to it.
    const history = manifest.tables.find(({ name }) => name === "recent_history");
    expect(Number(manifest.head)).to.be.at.least(head);
    expect(history?.rows).to.equal(5 + Number(manifest.head) - head);
    expect(readdirSync(store.backupDir)).to.deep.equal([backup.name]);
    expect(statSync(backup.path).mode & 0o777).to.equal(0o700);
    for (const file of readdirSync(backup.path)) {
      expect(statSync(join(backup.path, file)).mode & 0o777, file).to.equal(0o600);
    }
  });

  it("is refused when it does not hold what was copied", async () => {
    const backup = await createBackup(store, quiet, new Date());
    await checkBackup(backup, quiet);
    const tasks = backup.manifest.tables.map((table) =>
      table.name === "stored_tasks" ? { ...table, hash: "1" } : table,
    );
    const other = { ...backup, manifest: { ...backup.manifest, tables: tasks } };
    const message = await checkBackup(other, quiet).catch((error: Error) => error.message);
    expect(message).to.match(/has another content of stored_tasks than was copied/);
    truncateSync(join(backup.path, "recent_history.parquet"), 100);
    const damaged = await checkBackup(backup, quiet).catch((error: Error) => error.message);
    expect(damaged).to.match(/cannot be read/);
    expect(existsSync(join(backup.path, "check"))).to.equal(false);
  });

  it("is one only when it is whole, and only the newest are kept", async () => {
    for (const day of [1, 2, 3]) await createBackup(store, quiet, new Date(`2026-11-0${day}T00:00:00Z`));
    writeFileSync(join(store.backupDir, "2026-11-02T00-00-00-000Z", MANIFEST), "{");
    expect(listBackups(store.backupDir).map(({ name }) => name)).to.deep.equal([
      "2026-11-03T00-00-00-000Z",
      "2026-11-01T00-00-00-000Z",
    ]);
    expect(pruneBackups(store.backupDir, 1)).to.deep.equal(["2026-11-01T00-00-00-000Z"]);
    expect(listBackups(store.backupDir)).to.have.length(1);
  });
});
