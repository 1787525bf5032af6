/** Keeps two commands from working on one checkout's cluster at the same time. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { processIdentity } from "./process-identity.ts";

/**
 * Does something while holding the lock file.
 *
 * @throws Error naming the process that holds it; a dead holder's lock is taken over
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const mine = `${process.pid} ${await processIdentity(process.pid)}`;
  if (!(await take(file, mine))) {
    const holder = await readFile(file, "utf8").catch(() => "");
    const [pid = "", identity] = holder.split(" ");
    if (identity !== undefined && (await processIdentity(Number(pid))) === identity) {
      throw new Error(`another command (process ${pid}) is working on this cluster; try again when it has ended`);
    }
    await rm(file, { force: true });
    if (!(await take(file, mine))) throw new Error("another command has just started to work on this cluster");
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
