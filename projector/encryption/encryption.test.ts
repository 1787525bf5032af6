import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runSql, SqlError } from "../ad-hoc-sql.ts";
import { rollOver } from "../archive/roll-over.ts";
import { archiveAt } from "../archive/testing/archive-at.ts";
import { createBackup } from "../backup/backup.ts";
import { listBackups } from "../backup/backup-folder.ts";
import { checkBackup } from "../backup/load.ts";
import { restore } from "../backup/restore.ts";
import { salvage } from "../backup/salvage.ts";
import type { Change } from "../batch.ts";
import { DatabaseLockedError } from "../database-file.ts";
import type { Store } from "../store.ts";
import { argumentsOf, newKey, testEncryption } from "../testing/encryption.ts";
import { fill } from "../testing/fill.ts";
import { Folder, identity, keepingLog, quiet, task } from "../testing/fixtures.ts";
import { rekeyFiles, prepareFiles } from "./rekey-files.ts";
import { openKeyring } from "./encrypted-database.ts";
import { type Encryption, EncryptionError, readEncryption } from "./encryption.ts";

const signal = new AbortController().signal;
/** Stands in every change, so that it can be looked for. */
const MARKER = "legible-for-everybody";
const COLUMNS = "kind uid resource_version change source changed_at namespace name arn object position".split(" ");
const LIMITS = { memoryLimit: "128MB", threads: 1 };

function changes(name: string, from: string, versions = 40): Change[] {
  return Array.from({ length: versions }, (_, index) => ({
    kind: "ECSTask",
    type: "MODIFIED",
    source: "watch",
    object: task(name, index + 2, { status: { lastStatus: "RUNNING", stoppedReason: `${MARKER} ${index}` } }),
    resourceVersion: String(index + 2),
    at: new Date(Date.parse(from) + index * 1000),
  }));
}

describe("encryption at rest", () => {
  let encryption: Encryption & { readonly key: string };
  let folder: Folder;
  before(async function () {
    // It may have to be fetched.
    this.timeout(600_000);
    encryption = await testEncryption();
  });
  beforeEach(() => (folder = new Folder()));
  afterEach(() => folder.remove());

  const places = () => ({
    ...folder.places,
    limits: LIMITS,
    identity,
    log: quiet,
  });
  const history = async (store: Store) => (await runSql(store, "FROM history ORDER BY position", signal)).rows;

  /** Files in which a text can be read. */
  function legible(text = MARKER): string[] {
    return readdirSync(folder.path, { recursive: true, encoding: "utf8" }).filter((name) => {
      const file = join(folder.path, name);
      // What is spilled comes and goes.
      const isFile = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
      return isFile && readFileSync(file).includes(text);
    });
  }

  /** A day's changes in archive, backup, database file and write-ahead log. */
  async function live(options: { encryption?: Encryption } = {}): Promise<Store> {
    const store = await folder.open(options);
    await fill(store, changes("a", "2026-11-20T12:00:00Z"));
    await rollOver(store, {
      before: new Date("2026-11-25T00:00:00Z"),
      limit: 30,
      sliceRows: 10,
      now: () => new Date(),
    });
    await createBackup(store, quiet, new Date("2026-11-21T00:00:00Z"));
    await store.checkpoint();
    await fill(store, changes("b", "2026-11-22T12:00:00Z"));
    return store;
  }

  it("leaves nothing legible in database, write-ahead log, archive and backups, and reads all of it", async () => {
    const store = await live({ encryption });
    expect(statSync(`${store.file}.wal`).size).to.be.greaterThan(0);
    const before = await history(store);
    expect(before).to.have.length(80);
    expect(legible()).to.deep.equal([]);
    // The same without a key is legible, so the search finds what there is.
    const plain = new Folder();
    const other = await plain.open();
    await fill(other, changes("b", "2026-11-22T12:00:00Z"));
    expect(readFileSync(`${other.file}.wal`).includes(MARKER)).to.equal(true);
    plain.remove();
    await store.reopen();
    expect(await history(store)).to.deep.equal(before);
    await archiveAt(store, "2026-12-01T00:00:00Z").run();
    expect(await history(store)).to.deep.equal(before);
    expect(store.archive.list()).to.not.deep.equal([]);
    expect(legible()).to.deep.equal([]);
  });

  for (const encrypted of [true, false]) {
    it(`leaves ${encrypted ? "nothing" : "all"} legible of what is spilled to disk ${encrypted ? "with" : "without"} it`, async () => {
      const limits = { memoryLimit: "64MB", threads: 1 };
      const store = await folder.open({ limits, ...(encrypted && { encryption }) });
      const seen = new Set<string>();
      let spilled = false;
      const look = setInterval(() => {
        const spill = join(folder.path, "spill");
        spilled ||= existsSync(spill) && readdirSync(spill).length > 0;
        for (const name of legible()) seen.add(dirname(name));
      }, 20);
      const sorted = `SELECT '${MARKER}' || range AS text, repeat('x', 200) || range AS more FROM range(600000) ORDER BY more`;
      await runSql(store, `SELECT count(*), max(text) FROM (${sorted} LIMIT 500000)`, signal);
      clearInterval(look);
      expect(spilled).to.equal(true);
      expect([...seen]).to.deep.equal(encrypted ? [] : ["spill"]);
    });
  }

  it("spills nothing legible while files are written anew, either", async () => {
    const keyring = await openKeyring({}, encryption);
    const connection = await keyring.connect();
    const reader = await connection.runAndReadAll("SELECT current_setting('temp_file_encryption')");
    expect(reader.getRows()).to.deep.equal([[true]]);
    connection.closeSync();
    keyring.closeSync();
  });

  for (const [what, other, says] of [
    ["with another key", { key: newKey() }, /another key/],
    ["without a key", undefined, /KECS_DB_ENCRYPTION_KEY_FILE has to name/],
  ] as const) {
    it(`is not opened ${what}, and nothing is set aside or changed`, async () => {
      (await live({ encryption })).close();
      const before = readdirSync(folder.path, { recursive: true, encoding: "utf8" }).toSorted();
      const wrong = other === undefined ? undefined : { ...encryption, ...other };
      const open = () => folder.open({ encryption: wrong, salvage: () => salvage({ ...places(), encryption: wrong }) });
      expect(await open().catch(String)).to.match(says);
      const prepared = await prepareFiles(places(), wrong).catch((error: unknown) => error);
      expect(prepared).to.be.instanceOf(EncryptionError);
      expect(await restore({ ...places(), encryption: wrong }).catch(String)).to.match(says);
      // Nor where only archive and backups are left.
      const file = join(folder.path, "kecs.duckdb");
      renameSync(file, `${file}.kept`);
      expect(await prepareFiles(places(), wrong).catch((error: unknown) => error)).to.be.instanceOf(EncryptionError);
      expect(existsSync(file)).to.equal(false);
      renameSync(`${file}.kept`, file);
      expect(readdirSync(folder.path, { recursive: true, encoding: "utf8" }).toSorted()).to.deep.equal(before);
      expect(await history(await folder.open({ encryption }))).to.have.length(80);
    });
  }

  it("comes to a database, archive and backups that were plain, to a new key, and goes again", async () => {
    const plain = await live();
    const before = await history(plain);
    plain.close();
    // As a process that is killed leaves it: the write-ahead log has the last changes.
    expect(legible()).to.include.members(["kecs.duckdb"]);
    expect(await rekeyFiles(places(), encryption)).to.deep.equal({ database: true, parquet: parquetFiles() });
    expect(legible()).to.deep.equal([]);
    expect(await rekeyFiles(places(), encryption)).to.deep.equal({ database: false, parquet: 0 });
    const store = await folder.open({ encryption });
    expect(await history(store)).to.deep.equal(before);
    const [backup] = listBackups(store.backupDir);
    await checkBackup(backup ?? expect.fail("no backup"), quiet, encryption);
    await fill(store, changes("c", "2026-11-23T12:00:00Z"));
    const later = await history(store);
    store.close();

    const next = { ...encryption, key: newKey(), previousKey: encryption.key };
    expect(await rekeyFiles(places(), next)).to.deep.equal({ database: true, parquet: parquetFiles() });
    const alone = { ...next, previousKey: undefined };
    expect(await rekeyFiles(places(), alone)).to.deep.equal({ database: false, parquet: 0 });
    const renewed = await folder.open({ encryption: alone });
    expect(await history(renewed)).to.deep.equal(later);
    renewed.close();

    // And back.
    const none = { extensionDir: encryption.extensionDir, previousKey: next.key };
    expect(await rekeyFiles(places(), none)).to.deep.equal({ database: true, parquet: parquetFiles() });
    expect(await rekeyFiles(places(), none)).to.deep.equal({ database: false, parquet: 0 });
    await prepareFiles(places(), undefined);
    expect(await history(await folder.open({ encryption: none }))).to.deep.equal(later);
    expect(legible()).to.include("kecs.duckdb");
  });

  const parquetFiles = () =>
    readdirSync(folder.path, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".parquet")).length;

  /** A process that encrypts the files, and says first that it begins. */
  const rekeyInAnother = () => {
    const script = join(import.meta.dirname, "../testing/rekey.ts");
    return spawn(process.execPath, [script, folder.path, ...argumentsOf(encryption)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  };

  it("goes on where it was killed, whenever that was", async function () {
    this.timeout(60_000);
    const plain = await live();
    const before = await history(plain);
    plain.close();
    let killed = 0;
    for (let round = 0; ; round++) {
      const child = rekeyInAnother();
      await once(child.stdout, "data");
      const timer = setTimeout(() => child.kill("SIGKILL"), 4 + round * 60);
      const [code] = (await once(child, "close")) as [number | null];
      clearTimeout(timer);
      if (code === 0) break;
      expect(code, "it was killed, or it failed").to.equal(null);
      killed++;
    }
    expect(killed).to.be.greaterThan(0);
    expect(legible()).to.deep.equal([]);
    expect(await history(await folder.open({ encryption }))).to.deep.equal(before);
  });

  it("brings history back from backup and archive alone", async () => {
    const store = await live({ encryption });
    store.close();
    for (const name of ["kecs.duckdb", "kecs.duckdb.wal"]) rmSync(join(folder.path, name), { force: true });
    await prepareFiles(places(), encryption);
    const again = await folder.open({ encryption, salvage: () => salvage({ ...places(), encryption }) });
    expect(await history(again)).to.have.length(40);
    again.close();
    const restored = await restore({ ...places(), encryption, at: new Date("2026-11-20T12:00:19Z") });
    expect(restored.changes).to.equal(20);
    expect(legible()).to.deep.equal([]);
  });

  it("needs files of the same columns: whoever changes them writes encrypted files anew, and then this list", async () => {
    const store = await folder.open({ encryption });
    const columns = (await runSql(store, "DESCRIBE recent_history", signal)).rows.map(([name]) => name);
    expect(columns).to.deep.equal(COLUMNS);
  });

  it("hides the key from whoever may ask, and opens no way to the network", async () => {
    const store = await live({ encryption });
    const ask = (sql: string) =>
      runSql(store, sql, signal).then(
        (answer) => answer.rows,
        (error: unknown) => error,
      );
    for (const table of ["duckdb_settings()", "duckdb_databases()", "duckdb_secrets()", "duckdb_logs()"]) {
      expect(JSON.stringify(await ask(`FROM ${table}`)), table).to.not.include(encryption.key);
    }
    for (const sql of [
      "FROM read_csv('http://127.0.0.1:1/x.csv')",
      `FROM read_text('${folder.path}/kecs.duckdb')`,
      "PRAGMA add_parquet_key('x', '0123456789012345')",
      "USE memory",
    ]) {
      expect(await ask(sql), sql).to.be.instanceOf(SqlError);
    }
  });

  it("is refused while another process has the file", async () => {
    const store = await live({ encryption });
    const child = rekeyInAnother();
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    expect(said).to.include(DatabaseLockedError.name);
    expect(await history(store)).to.have.length(80);
  });

  it("leaves a file that cannot be read to whoever opens it, and says which of the archive cannot", async () => {
    (await live({ encryption })).close();
    const [damaged = ""] = readdirSync(join(folder.path, "archive"), { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".parquet"),
    );
    const file = join(folder.path, "archive", damaged);
    const bytes = readFileSync(file);
    // The end says that it is encrypted, and what comes before it is nonsense.
    writeFileSync(file, bytes.fill(7, 4, bytes.length - 8));
    writeFileSync(join(folder.path, "kecs.duckdb"), "no database");
    const lines: string[] = [];
    await prepareFiles({ ...places(), log: keepingLog(lines) }, encryption);
    expect(lines).to.deep.equal(["files cannot be read with the key"]);
    expect(readFileSync(join(folder.path, "kecs.duckdb"), "utf8")).to.equal("no database");
  });

  it("says what is wrong with a key, and with DuckDB's extensions", async () => {
    const file = join(folder.path, "key");
    const read = () => readEncryption({ encryptionKeyFile: file });
    expect(read).to.throw(EncryptionError, /cannot be read/);
    for (const text of ["", "short", "x".repeat(44), newKey().slice(2)]) {
      writeFileSync(file, text);
      expect(read, text).to.throw(EncryptionError, /openssl rand -base64 32/);
    }
    writeFileSync(file, `${encryption.key}\n`);
    expect(read()?.key).to.equal(encryption.key);
    expect(readEncryption({ previousEncryptionKeyFile: file })).to.include({
      key: undefined,
      previousKey: encryption.key,
    });
    expect(readEncryption({})).to.equal(undefined);
    mkdirSync(join(folder.path, "none"));
    const without = { ...encryption, extensionDir: join(folder.path, "none") };
    const error = await folder.open({ encryption: without }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(EncryptionError);
    expect(String(error)).to.match(/httpfs.*KECS_DB_EXTENSION_DIR/s);
    expect(String(error)).to.not.include(encryption.key);
  });
});
