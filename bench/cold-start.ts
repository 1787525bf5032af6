import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { environment } from "../e2e/support/environment.ts";
import { kill9, makeUp } from "../e2e/support/processes.ts";
import { readRecord } from "../local-cluster/processes.ts";
import { readSettings } from "../local-cluster/settings.ts";

const EVERY_MS = 20;
const LIMIT_MS = 120_000;
/** The unit of start times in /proc: Linux says 100 a second on every machine. */
const TICKS_PER_SECOND = 100;

const { paths } = readSettings(process.cwd(), process.env, { platform: process.platform, uid: userInfo().uid });

/**
 * Ends gateway and operator as a crash would, and has them started again.
 * @returns seconds from the start of each process until it says that it is ready
 */
export async function coldStart(): Promise<{ gateway: number; operator: number }> {
  const before = { gateway: await pidOf("gateway"), operator: await pidOf("operator") };
  await kill9("gateway");
  await kill9("operator");
  const ready = Promise.all([
    untilReady("gateway", environment.admin, before.gateway),
    untilReady("operator", environment.operatorAdmin, before.operator),
  ]);
  await makeUp();
  const [gateway, operator] = await ready;
  return { gateway, operator };
}

const pidOf = async (part: string): Promise<number | undefined> => (await readRecord(paths, part))?.pid;

async function untilReady(part: string, admin: string, before: number | undefined): Promise<number> {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    const ready = await fetch(`${admin}/health/ready`).then(
      ({ ok }) => ok,
      () => false, // not started yet
    );
    const pid = await pidOf(part);
    if (ready && pid !== undefined && pid !== before) return age(pid);
    if (Date.now() > end) throw new Error(`${part} was not ready within ${LIMIT_MS / 1000} s`);
    await sleep(EVERY_MS);
  }
}

/** For how many seconds a process has run. */
async function age(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const uptime = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);
  // The 22nd field; the second is the program's name in parentheses and may have spaces.
  const startedAt = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  return uptime - startedAt / TICKS_PER_SECOND;
}
