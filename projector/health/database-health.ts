import type { Store } from "../store.ts";
import type { Backups } from "../backup/backups.ts";
import { archiveFiles, missingFiles } from "../archive/partitions.ts";

/** How the database is; `problems` says what somebody should look at. */
export interface DatabaseHealth {
  /** `degraded`: reads are answered, but something is wrong; `unavailable`: nothing is answered. */
  readonly status: "ok" | "degraded" | "unavailable";
  readonly problems: readonly string[];
  readonly file: { readonly path: string; readonly bytes: number };
  readonly disk: { readonly freeBytes: number | null; readonly fullSince: Date | null };
  /** Seconds that the view is behind the cluster. */
  readonly lagSeconds: number;
  /** Seconds for which the longest query or transaction has run. */
  readonly longestSeconds: number;
  readonly archive: { readonly files: number; readonly bytes: number; readonly missing: readonly string[] };
  readonly lastBackup: Date | null;
}

export interface HealthOptions {
  readonly store: Store;
  readonly backups: Pick<Backups, "newest">;
  readonly projector: { readonly lagSeconds: number };
}

const LAG_SECONDS = 60;
const LONG_SECONDS = 300;
/** Longest wait for a query that touches one row. */
const ANSWER_WITHIN_MS = 2000;

/** Looks at the database, its disk, and what belongs to it. */
export async function databaseHealth({ store, backups, projector }: HealthOptions): Promise<DatabaseHealth> {
  const unanswered = await whyUnanswered(store);
  const freeBytes = await store.disk.freeBytes();
  const files = unanswered === undefined ? await archiveFiles(store) : [];
  const missing = missingFiles(store, files);
  const { fullSince } = store.disk;
  const { lagSeconds } = projector;
  const { longestSeconds } = store;
  const problems = [
    unanswered,
    fullSince && `The disk is full: writes wait since ${fullSince.toISOString()}, and the view grows old.`,
    lagSeconds > LAG_SECONDS && `The view is ${Math.round(lagSeconds)} s behind the cluster.`,
    longestSeconds > LONG_SECONDS && `A query or transaction has run for ${Math.round(longestSeconds)} s.`,
    missing.length > 0 && `${missing.length} files of the archive are missing; the history lacks them.`,
  ].filter((problem) => typeof problem === "string");
  return {
    status: unanswered !== undefined ? "unavailable" : problems.length > 0 ? "degraded" : "ok",
    problems,
    file: { path: store.file, bytes: store.fileBytes },
    disk: { freeBytes: Number.isFinite(freeBytes) ? freeBytes : null, fullSince: fullSince ?? null },
    lagSeconds,
    longestSeconds,
    archive: { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), missing },
    lastBackup: backups.newest()?.createdAt ?? null,
  };
}

async function whyUnanswered(store: Store): Promise<string | undefined> {
  if (!store.isOpen) return "The database is not open.";
  const late = new Promise<string>((resolve) => {
    setTimeout(
      () => resolve(`The database did not answer within ${ANSWER_WITHIN_MS / 1000} s.`),
      ANSWER_WITHIN_MS,
    ).unref();
  });
  const answered = store.read("history_floor").then(
    () => undefined,
    (error: unknown) => `The database does not answer: ${error instanceof Error ? error.message : String(error)}`,
  );
  return Promise.race([answered, late]);
}
