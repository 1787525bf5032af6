import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Registry } from "prom-client";
import { createKubeClient } from "#lib/kube/client.ts";
import { createLogger } from "#lib/log.ts";
import { openStore } from "#projector/store.ts";
import { eventually, uniqueName } from "../support/wait.ts";
import { freePorts } from "../kube/control-plane.ts";
import { Churn, randomFrom } from "./churn.ts";
import { differencesOf, type Left, readLeft } from "./compare.ts";
import { KINDS, WatchRecord } from "./record.ts";

export interface FaultOptions {
  readonly kubeconfig: string;
  readonly rounds: number;
  readonly seed: number;
  /** Told after each round. */
  readonly onRound?: (round: Round) => void;
}

export interface Round {
  readonly number: number;
  /** Milliseconds after its start, or after it was ready, at which the process was killed. */
  readonly killedAfterMs: number;
  /** Rows of the history, of all kinds. */
  readonly rows: number;
  readonly rowsByKind: Readonly<Record<string, number>>;
}

const GATEWAY = join(import.meta.dirname, "../../api-gateway/main.ts");
const log = createLogger({ level: "error", format: "text", component: "fault" });
/** The record may hear of a change a moment after the database. */
const HEARD_WITHIN_MS = 10_000;
/** Of three processes one dies on its way up, at the latest after so long, the others so long after they were ready. */
const LIFE_MS = { start: 3_000, ready: 3_000 };
const READY_WITHIN_MS = 60_000;

/**
 * Starts a gateway during churn and kills it with SIGKILL at a random moment, again and again; after each round
 * compares every row of its history with an independent watch's record.
 * @throws Error naming each difference of the first round that has any
 */
export async function faultRounds({ kubeconfig, rounds, seed, onRound }: FaultOptions): Promise<Round[]> {
  const client = createKubeClient({ kubeconfig });
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), "kecs-fault-"));
  const record = new WatchRecord(client);
  const churn = new Churn(client, uniqueName("fault"), randomFrom(seed + 1));
  const done: Round[] = [];
  try {
    await record.start();
    await beginAt(folder, record.began);
    await churn.start();
    for (let number = 1; number <= rounds; number++) {
      const onItsWay = number % 3 === 1 && number < rounds;
      const killedAfterMs = Math.round(random() * (onItsWay ? LIFE_MS.start : LIFE_MS.ready));
      await liveAndDie(folder, kubeconfig, { ready: !onItsWay, ms: killedAfterMs });
      const { rows } = await compared(folder, record, number);
      const rowsByKind = Object.fromEntries([...rows].map(([kind, each]) => [kind, each.length]));
      const round = { number, killedAfterMs, rowsByKind, rows: Object.values(rowsByKind).reduce((a, b) => a + b, 0) };
      done.push(round);
      onRound?.(round);
    }
    return done;
  } finally {
    await churn.stop();
    await record.stop();
    client.close();
    // Of a failure, what the processes left and said is kept.
    if (done.length === rounds) rmSync(folder, { recursive: true, force: true });
  }
}

/** A database whose watches have come to where the record begins, so that no list is needed to catch up. */
async function beginAt(folder: string, began: ReadonlyMap<string, string>): Promise<void> {
  const store = await openStore({ dataDir: folder, log, metrics: new Registry() });
  await store.write(async ({ session }) => {
    for (const [kind, version] of began) {
      await session.connection.run(
        "INSERT INTO watch_positions VALUES ($resource, $version::UBIGINT, now()::TIMESTAMP)",
        {
          resource: KINDS[kind]?.plural ?? "",
          version,
        },
      );
    }
  });
  store.close();
}

async function liveAndDie(folder: string, kubeconfig: string, until: { ready: boolean; ms: number }): Promise<void> {
  const output = openSync(join(folder, "gateway.log"), "a");
  const [port = 0, adminPort = 0] = await freePorts(2);
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("KECS_"))),
    KECS_KUBECONFIG: kubeconfig,
    KECS_DATA_DIR: folder,
    KECS_PORT: String(port),
    KECS_ADMIN_PORT: String(adminPort),
    KECS_LOG_LEVEL: "warn",
  };
  const child = spawn(process.execPath, [GATEWAY], { env, stdio: ["ignore", output, output] });
  closeSync(output);
  const exited = once(child, "exit");
  const alive = async (): Promise<void> => {
    const ready = `http://127.0.0.1:${adminPort}/health/ready`;
    if (until.ready) await eventually("the gateway is ready", async () => (await fetch(ready)).ok, READY_WITHIN_MS, 50);
    await sleep(until.ms);
  };
  try {
    await Promise.race([alive(), exited]);
    if (child.exitCode !== null) throw new Error(`The gateway ended by itself, with exit code ${child.exitCode}.`);
  } finally {
    child.kill("SIGKILL");
    await exited;
  }
}

async function compared(folder: string, record: WatchRecord, round: number): Promise<Left> {
  const left = await readLeft(folder);
  const end = performance.now() + HEARD_WITHIN_MS;
  for (;;) {
    const differences = differencesOf(left, record.told);
    if (differences.length === 0) return left;
    if (performance.now() > end) {
      const shown = differences.slice(0, 20).join("\n");
      throw new Error(
        `Round ${round}: the history in ${folder} is not what was told (${differences.length} differences):\n${shown}`,
      );
    }
    await sleep(250);
  }
}
