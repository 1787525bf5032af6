import type { Router } from "@koa/router";
import { BackupError, BackupRunningError } from "#projector/backup/backup-errors.ts";
import type { Backup } from "#projector/backup/backup-folder.ts";
import type { Backups } from "#projector/backup/backups.ts";
import { databaseHealth, type HealthOptions } from "#projector/health/database-health.ts";
import { AdminError } from "./admin-error.ts";

/** `POST /backup` makes one, `GET /backups` lists them, `GET /health/database` says how the database is. */
export function backupRoutes(router: Router, backups: Backups, health: HealthOptions): void {
  router.post("/backup", async (ctx) => {
    ctx.body = shown(await create(backups));
  });
  router.get("/backups", (ctx) => {
    ctx.body = { backups: backups.list().map(shown) };
  });
  router.get("/health/database", async (ctx) => {
    const found = await databaseHealth(health);
    ctx.status = found.status === "unavailable" ? 503 : 200;
    ctx.body = found;
  });
}

async function create(backups: Backups): Promise<Backup> {
  try {
    return await backups.create();
  } catch (error) {
    if (error instanceof BackupRunningError) throw new AdminError(409, error.message, { cause: error });
    if (error instanceof BackupError) throw new AdminError(507, error.message, { cause: error });
    throw error;
  }
}

function shown({ name, path, createdAt, bytes, manifest }: Backup) {
  return { name, path, createdAt, bytes, rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0) };
}
