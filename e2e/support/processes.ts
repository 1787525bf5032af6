import { userInfo } from "node:os";
import { readRecord } from "../../local-cluster/processes.ts";
import { readSettings } from "../../local-cluster/settings.ts";
import { environment } from "./environment.ts";
import { check } from "./run.ts";
import { eventually } from "./wait.ts";

export type Part = "gateway" | "operator" | "kube-apiserver";

const { paths } = readSettings(process.cwd(), process.env, { platform: process.platform, uid: userInfo().uid });

/** Ends a part of the running installation as a crash would, at once and without notice. */
export async function kill9(part: Part): Promise<void> {
  const record = await readRecord(paths, part);
  if (record === undefined) throw new Error(`${part} was not started by "make up"`);
  process.kill(record.pid, "SIGKILL");
}

/**
 * Starts again what does not run, and waits until all is ready and the operator leads (a dead one's Lease runs out first).
 * @param settings others than the suite's, as `NAME=value`; the next call without them puts them back
 */
export async function makeUp(...settings: string[]): Promise<void> {
  await check("make", ["--no-print-directory", "up", ...settings], { timeoutMs: 300_000 });
  await eventually("the operator leads", async () => {
    const metrics = await (await fetch(`${environment.operatorAdmin}/metrics`)).text();
    return /^kecs_leader\{[^}]*\} 1$/m.test(metrics);
  });
}
