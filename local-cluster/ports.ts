/** Finds out, before a process fails on it, that a port is taken and by whom. */
import { readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { attempt } from "./command.ts";

export class PortInUseError extends Error {
  override name = "PortInUseError";
}

/** @throws PortInUseError naming the holder and what to do */
export async function requirePortFree(name: string, address: string, port: number): Promise<void> {
  for (let tries = 0; tries < 10; tries += 1) {
    if (await isFree(address, port)) return;
    // A process that has just ended may hold its sockets a moment longer.
    await sleep(100);
  }
  const holder = await holderOf(port);
  throw new PortInUseError(
    `${name} needs ${address}:${port}, which ${holder ?? "another process"} holds. ` +
      `If it is another checkout's cluster, run \`make down\` there, or start this one beside it with KECS_CLUSTER_SLOT=1 (to 9); ` +
      `the API's own ports are KECS_PORT, KECS_ADMIN_PORT and KECS_OPERATOR_ADMIN_PORT.`,
  );
}

function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function holderOf(port: number): Promise<string | undefined> {
  const pid =
    parseSs((await attempt("ss", ["-Hltnp", `sport = :${port}`])) ?? "") ??
    Number((await attempt("lsof", ["-nP", "-t", `-iTCP:${port}`, "-sTCP:LISTEN"]))?.split("\n")[0] || NaN);
  if (!Number.isInteger(pid)) return undefined;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return `process ${pid}${folder ? ` (started in ${folder})` : ""}`;
}

/** The first pid in the output of `ss -p`. */
export function parseSs(output: string): number | undefined {
  const pid = /pid=(\d+)/.exec(output)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
