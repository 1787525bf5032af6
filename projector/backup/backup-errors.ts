/** A backup that was not made; the message says why, for whoever asked for it. */
export class BackupError extends Error {
  override readonly name: string = "BackupError";
}

/** One is being made already. */
export class BackupRunningError extends BackupError {
  override readonly name = "BackupRunningError";
}
