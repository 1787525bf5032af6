import type { DuckDBConnection } from "@duckdb/node-api";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Logger } from "#lib/log.ts";
import { counter, type Metrics } from "#lib/metrics.ts";
import { ArchiveFolder } from "./archive/archive-folder.ts";
import { showArchive } from "./archive/archive-view.ts";
import { SharedArchive } from "./archive/shared-archive.ts";
import {
  DATABASE_FILE,
  DatabaseLockedError,
  type DatabaseLimits,
  isDiskFull,
  openDatabaseFile,
  setAsideDatabaseFile,
} from "./database-file.ts";
import type { Database } from "./encryption/encrypted-database.ts";
import { type Encryption, EncryptionError } from "./encryption/encryption.ts";
import { DiskSpace } from "./health/disk-space.ts";
import { migrate } from "./migrations.ts";
import { Pool } from "./pool.ts";
import type { Parameters, Reader, ResultRow, Runner, Transactor } from "./repository.ts";
import { Session } from "./session.ts";
import { loadMigrations, loadQueries, type Migration, MigrationError, type Query } from "./sql-files.ts";
import { DatabaseClosedError } from "./store-errors.ts";
import { type StoreMetrics, storeMetrics } from "./store-metrics.ts";

export interface StoreOptions {
  /** Folder of the database file. */
  readonly dataDir: string;
  /** Folder of the archived history; `archive` in `dataDir` by default. */
  readonly archiveDir?: string;
  /** Folder of the archive of the replica that writes for all, which this one only reads. */
  readonly sharedArchiveDir?: string | undefined;
  /** Folder of the backups; `backups` in `dataDir` by default. */
  readonly backupDir?: string;
  /** Bytes of the disk that stay free: below, writes wait. */
  readonly diskReserveBytes?: number;
  /** Makes a file, where there is none, of what backups and archive have; without it, it begins empty. */
  readonly salvage?: () => Promise<void>;
  /** Not the gateway's own file: nothing is set aside, cleared up or noted in the archive. */
  readonly scratch?: boolean;
  /** Ends what waits for space on the disk. */
  readonly signal?: AbortSignal;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly limits?: DatabaseLimits;
  /** With what the file, the archive and the backups are encrypted; else they are plain. */
  readonly encryption?: Encryption | undefined;
  /** Queries that may run at the same time. */
  readonly readers?: number;
  readonly migrations?: readonly Migration[];
  /** Opens another database than the folder's file, one in memory for example. */
  readonly open?: () => Promise<Database>;
}

/** What a write transaction works with. */
export interface Transaction extends Runner {
  /** The connection of the transaction, for appenders. */
  readonly session: Session;
}

interface Opened {
  readonly database: Database;
  /** Of one session: closed while a statement runs on it, DuckDB would wait for itself for ever. */
  readonly writer: Pool;
  readonly readers: Pool;
  readonly closing: AbortController;
  /** Aborts when the file is closed, or the store is to wait no longer. */
  readonly ending: AbortSignal;
}

const LIMITS: DatabaseLimits = { memoryLimit: "128MB", threads: 1 };
const READERS = 4;
const RESERVE_BYTES = 64 * 2 ** 20;

/**
 * Opens the read side's database, brings its schema up to date and sets aside a file that cannot be used: what it
 * holds comes again from Kubernetes.
 * @throws DatabaseLockedError where another process has the file
 * @throws EncryptionError where the key does not open it, or there is none and it needs one
 * @throws MigrationError where the migrations have a gap or were edited
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new Store(options);
  await store.reopen();
  return store;
}

/** The database: one writer, several readers. It outlives the file, which may be opened again or replaced. */
export class Store implements Reader, Transactor<Transaction> {
  readonly file: string;
  readonly archive: ArchiveFolder;
  readonly backupDir: string;
  readonly disk: DiskSpace;
  readonly #options: StoreOptions;
  readonly #migrations: readonly Migration[];
  readonly #queries: ReadonlyMap<string, Query> = loadQueries();
  readonly #metrics: StoreMetrics;
  readonly #setAsides;
  #opened: Opened | undefined;
  /** Connections that are lent, and when they come back. */
  readonly #borrowed = new Map<DuckDBConnection, Promise<unknown>>();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#migrations = options.migrations ?? loadMigrations();
    this.file = join(options.dataDir, DATABASE_FILE);
    const encrypted = options.encryption?.key !== undefined;
    this.archive = new ArchiveFolder(options.archiveDir ?? join(options.dataDir, "archive"), {
      encrypted,
      ...(options.sharedArchiveDir !== undefined && { shared: new SharedArchive(options.sharedArchiveDir, encrypted) }),
    });
    this.backupDir = resolve(options.backupDir ?? join(options.dataDir, "backups"));
    this.disk = new DiskSpace({
      folder: options.dataDir,
      reserveBytes: options.diskReserveBytes ?? RESERVE_BYTES,
      log: options.log,
      metrics: options.metrics,
    });
    this.#setAsides = counter(options.metrics, {
      name: "kecs_db_set_aside_total",
      help: "Database files that could not be used and were put aside",
    });
    this.#metrics = storeMetrics(options.metrics, () => this.#opened?.readers.active ?? 0);
  }

  /** Runs a query of `sql/queries` on a reading connection: it sees the last commit. */
  async read(name: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    const query = this.#query(name);
    const { readers } = this.#open();
    return readers.use((session) => this.#metrics.observe("read", query, () => session.query(query, parameters)));
  }

  /**
   * A connection of `work`'s own, for statements that are not ours; interrupted where the file is closed meanwhile.
   * `work` has to leave it idle.
   */
  async borrow<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#open().database.connect();
    const done = (async () => {
      try {
        return await this.#metrics.observe("borrow", undefined, () => work(connection));
      } finally {
        connection.closeSync();
      }
    })();
    this.#borrowed.set(connection, done);
    return done.finally(() => this.#borrowed.delete(connection));
  }

  /**
   * One transaction, after those begun before it: commits what `work` did, or nothing where it throws. While the disk
   * is full it waits, unless it helps against that.
   */
  async write(work: (transaction: Transaction) => Promise<void>, when?: "even on a full disk"): Promise<void> {
    if (when === undefined && this.#options.scratch !== true) await this.disk.room(this.#open().ending);
    return this.#exclusive("commit", () => this.#open().writer.use((session) => this.#transact(session, work)));
  }

  /** Brings the write-ahead log into the file, and gives blocks free that nothing needs any more. */
  checkpoint(): Promise<void> {
    return this.#exclusive("checkpoint", () =>
      this.#open().writer.use(async ({ connection }) => {
        await connection.run("CHECKPOINT");
      }),
    );
  }

  /** Has the view of the archive show its files as they are. @returns listed files that are gone */
  async showArchive(): Promise<string[]> {
    let missing: string[] = [];
    await this.write(async ({ session }) => {
      missing = await showArchive(session.connection, this.archive);
    }, "even on a full disk");
    return missing;
  }

  /** Bytes of the database file and its write-ahead log. */
  get fileBytes(): number {
    return sizeOf(this.file) + sizeOf(`${this.file}.wal`);
  }

  /** With what backups of it are encrypted. */
  get encryption(): Encryption | undefined {
    return this.#options.encryption;
  }

  /** Seconds for which the longest query or transaction has run. */
  get longestSeconds(): number {
    return this.#metrics.longestSeconds;
  }

  /** Which history this is: a number that another one does not have. */
  async epoch(): Promise<string> {
    const [row] = await this.read("history_head");
    return String(row?.["epoch"]);
  }

  #exclusive<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(() => this.#metrics.observe(operation, undefined, work));
    this.#writing = result.catch((error: unknown) => {
      if (isDiskFull(error)) this.disk.noteFull();
    });
    return result;
  }

  /**
   * Opens the file, again if need be (after an error that invalidated the database).
   * @param setAside moves the file out of the way first and begins an empty one
   */
  async reopen({ setAside = false } = {}): Promise<void> {
    await this.#writing;
    this.close();
    // As long as one connection is open, so is the file.
    await Promise.allSettled(this.#borrowed.values());
    if (setAside) this.#setAside("it was invalidated again and again");
    if (!existsSync(this.file)) await this.#salvage();
    try {
      this.#opened = await this.#openFile();
    } catch (error) {
      if (this.#options.scratch === true || isNoFaultOfTheFile(error)) throw error;
      this.#setAside("it cannot be opened", error);
      await this.#salvage();
      this.#opened = await this.#openFile();
    }
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  /** Closes the file; queries that wait for a connection are refused. */
  close(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    opened.closing.abort();
    for (const connection of this.#borrowed.keys()) connection.interrupt();
    const closed = new DatabaseClosedError("The database is closed.");
    for (const pool of [opened.readers, opened.writer]) pool.close(closed);
    opened.database.closeSync();
  }

  #open(): Opened {
    if (this.#opened === undefined) throw new DatabaseClosedError("The database is not open.");
    return this.#opened;
  }

  #query(name: string): Query {
    const query = this.#queries.get(name);
    if (query === undefined) throw new Error(`There is no query sql/queries/${name}.sql.`);
    return query;
  }

  async #transact(session: Session, work: (transaction: Transaction) => Promise<void>): Promise<void> {
    await session.connection.run("BEGIN TRANSACTION");
    try {
      await work({ session, run: (name, parameters) => session.query(this.#query(name), parameters) });
      await session.connection.run("COMMIT");
    } catch (error) {
      session.dropAppenders();
      // An invalidated database refuses the rollback, too; the first error is the one that counts.
      await session.connection.run("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  #openDatabase(): Promise<Database> {
    const { dataDir, limits = LIMITS, encryption } = this.#options;
    // DuckDB resolves what it may reach when it opens the file.
    for (const folder of [this.archive.path, this.backupDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { path, shared } = this.archive;
    const allowed = [path, this.backupDir, ...(shared === undefined ? [] : [shared.path])];
    return openDatabaseFile({ folder: dataDir, allowed, encryption }, limits);
  }

  async #openFile(): Promise<Opened> {
    const { log, readers = READERS, scratch, open, signal } = this.#options;
    const database = await (open?.() ?? this.#openDatabase());
    const sessions: Session[] = [];
    try {
      while (sessions.length <= readers) sessions.push(new Session(await database.connect()));
      const [writer, ...reading] = sessions as [Session, ...Session[]];
      const applied = await migrate(writer.connection, this.#migrations);
      if (applied.length > 0 && scratch !== true)
        log.info("database schema brought up to date", { file: this.file, migrations: applied });
      await this.#showArchiveAtStart(writer);
      const closing = new AbortController();
      const ending = signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      return { database, writer: new Pool([writer]), readers: new Pool(reading), closing, ending };
    } catch (error) {
      for (const session of sessions) session.close();
      database.closeSync();
      throw error;
    }
  }

  async #showArchiveAtStart(writer: Session): Promise<void> {
    const { log, scratch = false } = this.#options;
    const { connection } = writer;
    await connection.run("BEGIN TRANSACTION");
    const missing = await showArchive(connection, this.archive);
    await connection.run("COMMIT");
    if (scratch) return;
    this.archive.tidy();
    const [about] = await writer.query(this.#query("history_head"), {});
    this.archive.noteLineage(String(about?.["epoch"]), String(about?.["head"]));
    if (missing.length > 0) log.error("files of the archive are missing; the history lacks them", { missing });
  }

  /** What fails here leaves an empty database: the current state comes from Kubernetes in any case. */
  async #salvage(): Promise<void> {
    const { salvage, log } = this.#options;
    await salvage?.().catch((error: unknown) => {
      log.error("history could not be taken from backup and archive; it begins anew", { error });
    });
  }

  #setAside(why: string, error?: unknown): void {
    this.#setAsides.inc();
    const aside = setAsideDatabaseFile(this.#options.dataDir, new Date());
    this.#options.log.error("database set aside; a new one is filled from Kubernetes", {
      file: this.file,
      aside,
      why,
      error: error instanceof Error ? error.message : undefined,
    });
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function isNoFaultOfTheFile(error: unknown): boolean {
  return (
    error instanceof DatabaseLockedError ||
    error instanceof EncryptionError ||
    error instanceof MigrationError ||
    isAboutAccess(error)
  );
}

/** A folder that may not be written or a full disk: a new file would fare no better. */
function isAboutAccess(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EACCES" || code === "EROFS" || code === "ENOTDIR" || code === "EEXIST" || isDiskFull(error))
    return true;
  return error instanceof Error && /Permission denied|Read-only file system/.test(error.message);
}
