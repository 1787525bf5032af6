/** Tells a process from a later one that got the same pid. */
import { readFile } from "node:fs/promises";
import { attempt } from "./command.ts";

/**
 * A text that no other process has that ever gets this pid: boot and start time.
 *
 * @returns undefined when there is no such process, or only its zombie
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") {
    const started = await attempt("ps", ["-o", "lstart=", "-p", String(pid)]);
    return started?.trim() || undefined;
  }
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = parseStat(await readFile(`/proc/${pid}/stat`, "utf8"));
    return stat.state === "Z" || stat.state === "X" ? undefined : `${boot.trim()}/${stat.startTicks}`;
  } catch {
    return undefined;
  }
}

/** Reads proc(5)'s stat line; the command in brackets may itself hold spaces and brackets. */
export function parseStat(line: string): { state: string; startTicks: string } {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTicks: fields[19] ?? "" };
}
