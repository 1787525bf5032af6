import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { LISTED_FILES, type ListedFile, type SharedArchive } from "./shared-archive.ts";
import { type ParquetOptions, parquetOptions } from "../encryption/parquet-files.ts";

/** A file that this code writes: `<history>-<first position>-<last position>-<milliseconds>.parquet`. */
const FILE = /^(\d+)-\d+-\d+-\d+\.parquet$/;
/** What is half written ends so. */
export const TEMPORARY = ".tmp";
/** Names the histories that the files are of, a line each: `<epoch> <position after which it began>`. */
const LINEAGE = "lineage";

/** The folder of the Parquet files: `history/day=2026-11-24/<name>.parquet`, readable by their owner alone. */
export class ArchiveFolder {
  readonly path: string;
  /** Another replica's archive, which has nearly all that this one's would. */
  readonly shared: SharedArchive | undefined;
  /** How the files are read and written. */
  readonly parquet: ParquetOptions;

  constructor(path: string, { shared, encrypted = false }: { shared?: SharedArchive; encrypted?: boolean } = {}) {
    this.path = resolve(path);
    this.shared = shared;
    this.parquet = parquetOptions(encrypted);
  }

  /** Absolute path of a file as the database knows it. */
  fileOf(relative: string): string {
    return join(this.path, relative);
  }

  has(relative: string): boolean {
    return existsSync(this.fileOf(relative));
  }

  bytesOf(relative: string): number {
    return statSync(this.fileOf(relative)).size;
  }

  /** Where a new file of a day will be. */
  nameFor(day: string, of: { epoch: string; first: string; last: string; now: Date }): string {
    return join("history", `day=${day}`, `${of.epoch}-${of.first}-${of.last}-${of.now.getTime()}.parquet`);
  }

  /** Writes a file under a temporary name, brings it to the disk and gives it its name. */
  async publish(relative: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
    const file = this.fileOf(relative);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    await putFile(file, write);
    // Its folder's name, and that one's.
    for (const folder of [dirname(dirname(file)), this.path]) await toDisk(folder);
  }

  /** Every file that was written as part of a history; of any history without `epoch`. */
  list(epoch?: string): string[] {
    return this.#days().flatMap((day) =>
      readdirSync(this.fileOf(day))
        .filter((name) => {
          const of = FILE.exec(name)?.[1];
          return of !== undefined && (epoch === undefined || of === epoch);
        })
        .map((name) => join(day, name)),
    );
  }

  remove(relative: string): void {
    rmSync(this.fileOf(relative), { force: true });
  }

  /** Removes what a process that was killed left half written, and days without files. Nobody may be writing. */
  tidy(): void {
    for (const day of this.#days()) {
      const names = readdirSync(this.fileOf(day));
      const left = names.filter((name) => name.endsWith(TEMPORARY));
      for (const name of left) this.remove(join(day, name));
      if (names.length === left.length) rmSync(this.fileOf(day), { recursive: true, force: true });
    }
  }

  /**
   * Notes which history the files are of, for when its database is lost.
   * @param head its last position, where it goes on as another one
   */
  noteLineage(epoch: string, head: string): void {
    const lineage = this.#lineage();
    if (lineage.at(-1)?.epoch === epoch) return;
    const lines = [...lineage, { epoch, after: head }].map((each) => `${each.epoch} ${each.after}\n`);
    const temporary = this.fileOf(`${LINEAGE}${TEMPORARY}`);
    writeFileSync(temporary, lines.join(""), { mode: 0o600 });
    renameSync(temporary, this.fileOf(LINEAGE));
  }

  /** Says to other replicas which files count. */
  publishList(files: readonly ListedFile[]): void {
    const text = files.map(({ path, day }) => `${JSON.stringify({ path, day })}\n`).join("");
    const list = this.fileOf(LISTED_FILES);
    if (existsSync(list) ? readFileSync(list, "utf8") === text : text === "") return;
    const temporary = `${list}${TEMPORARY}`;
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, list);
  }

  /** Whether a history up to a position is the beginning of the one that the files are of; true where none was noted. */
  continues({ epoch, head }: { readonly epoch: string; readonly head: string }): boolean {
    const lineage = this.#lineage();
    const index = lineage.findLastIndex((each) => each.epoch === epoch);
    if (index < 0) return lineage.length === 0;
    return lineage.slice(index + 1).every(({ after }) => BigInt(head) <= BigInt(after));
  }

  #lineage(): { epoch: string; after: string }[] {
    const file = this.fileOf(LINEAGE);
    if (!existsSync(file)) return [];
    return [...readFileSync(file, "utf8").matchAll(/^(\d+) (\d+)$/gm)].map(([, epoch = "", after = ""]) => ({
      epoch,
      after,
    }));
  }

  #days(): string[] {
    const root = this.fileOf("history");
    if (!existsSync(root)) return [];
    return readdirSync(root)
      .filter((name) => name.startsWith("day="))
      .map((name) => join("history", name));
  }
}

/** Writes a file under a temporary name, brings it to the disk and gives it its name, which another may have had. */
export async function putFile(file: string, write: (temporary: string) => Promise<unknown>): Promise<void> {
  const temporary = `${file}${TEMPORARY}`;
  try {
    await write(temporary);
    chmodSync(temporary, 0o600);
    await toDisk(temporary);
    await rename(temporary, file);
    await toDisk(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Waits until a file's or folder's content is on the disk. */
export async function toDisk(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
