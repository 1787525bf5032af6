/** `make status`: what runs. */
import { readFile } from "node:fs/promises";
import { isAlive, listRecords, logFile } from "./processes.ts";
import { say } from "./report.ts";
import type { Settings } from "./settings.ts";

/** Prints each part with pid, memory and log. */
export async function status({ paths }: Settings): Promise<void> {
  const records = await listRecords(paths);
  if (records.length === 0) say("nothing runs; `make up` starts it");
  for (const record of records) {
    const state = (await isAlive(record)) ? `pid ${record.pid}` : "dead";
    say(
      [
        record.name.padEnd(24),
        state.padEnd(12),
        (await memory(record.pid)).padEnd(9),
        logFile(paths, record.name),
      ].join(" "),
    );
  }
}

async function memory(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? NaN);
  return Number.isNaN(kibibytes) ? "" : `${Math.round(kibibytes / 1024)} MiB`;
}
