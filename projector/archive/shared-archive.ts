import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parquetKind } from "../encryption/parquet-files.ts";

/** In an archive's folder: the files that count, for replicas that read it. One line of JSON each. */
export const LISTED_FILES = "listed";

/** A file of an archive. */
export interface ListedFile {
  readonly path: string;
  /** `2026-11-24` */
  readonly day: string;
}

/** The archive of the replica that writes for all: the others only read it. */
export class SharedArchive {
  readonly path: string;
  readonly #kind;

  constructor(path: string, encrypted = false) {
    this.path = resolve(path);
    this.#kind = encrypted ? "encrypted" : "plain";
  }

  /**
   * The files that its owner said were its archive's, as they are there; with absolute paths. Until all replicas have
   * been given the same key, some may not be for this one to read; those are left out.
   */
  files(): ListedFile[] {
    const list = join(this.path, LISTED_FILES);
    if (!existsSync(list)) return [];
    return readFileSync(list, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ListedFile)
      .map(({ path, day }) => ({ path: join(this.path, path), day }))
      .filter(({ path }) => parquetKind(path) === this.#kind);
  }
}
