import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { compareResourceVersions } from "#lib/kube/resources.ts";
import { createLogger } from "#lib/log.ts";
import { DATABASE_FILE } from "#projector/database-file.ts";
import { KUBERNETES_KINDS } from "#projector/kubernetes-kinds.ts";
import { openStore, type Store } from "#projector/store.ts";
import { PROJECTED_KINDS } from "#projector/tables.ts";
import { KINDS, type Told } from "./record.ts";

/** What a database that a killed process left behind says. */
export interface Left {
  /** Each kind's rows in the order of the history. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  /** How far each kind's watch has come. */
  readonly positions: ReadonlyMap<string, string>;
  /** The current state: kind, uid and version of what there is. */
  readonly standing: ReadonlySet<string>;
}

interface Row {
  readonly uid: string;
  readonly version: string;
  readonly change: string;
  readonly source: string;
}

const log = createLogger({ level: "error", format: "text", component: "fault" });

/** Reads a copy, so that it is left to the next process to recover what the killed one was about. */
export async function readLeft(folder: string): Promise<Left> {
  const copy = mkdtempSync(join(tmpdir(), "kecs-fault-copy-"));
  try {
    for (const file of [DATABASE_FILE, `${DATABASE_FILE}.wal`]) {
      if (existsSync(join(folder, file))) copyFileSync(join(folder, file), join(copy, file));
    }
    const store = await openStore({ dataDir: copy, log, metrics: new Registry() });
    try {
      return await read(store);
    } finally {
      store.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function read(store: Store): Promise<Left> {
  const rows = new Map<string, Row[]>();
  for (const [query, kinds] of [
    ["versions_of_kind", PROJECTED_KINDS],
    ["kubernetes_versions_of_kind", Object.keys(KUBERNETES_KINDS)],
  ] as const) {
    for (const kind of kinds) {
      const found = await store.read(query, { kind });
      rows.set(
        kind,
        found.map((row) => ({
          uid: String(row["uid"]),
          version: String(row["resource_version"]),
          change: String(row["change"]),
          source: String(row["source"]),
        })),
      );
    }
  }
  const positions = await store.read("watch_positions");
  const standing = new Set<string>();
  for (const kind of PROJECTED_KINDS) {
    for (const row of await store.read("known_versions", { kind })) {
      standing.add(`${kind} ${String(row["uid"])} ${String(row["resource_version"])}`);
    }
  }
  return {
    rows,
    standing,
    positions: new Map(positions.map((row) => [String(row["resource"]), String(row["resource_version"])])),
  };
}

/**
 * How the history differs from what was told, up to where its watches have come: nothing may be missing, twice, in
 * another order or made up. Where the API server did not tell each change, rows must say so, and show what was. Of Events about Kubernetes' objects those count whose object was seen to be made.
 */
export function differencesOf(left: Left, told: ReadonlyMap<string, readonly Told[]>): string[] {
  const ours = new Set([...told.values()].flat().flatMap(({ uid, change }) => (change === "ADDED" ? [uid] : [])));
  return Object.entries(KINDS).flatMap(([kind, { plural }]) => {
    const position = left.positions.get(plural) ?? "0";
    const all = told.get(kind) ?? [];
    const wanted = all.filter(({ version }) => compareResourceVersions(version, position) <= 0);
    const rows = left.rows.get(kind) ?? [];
    return [
      ...compareRows(kind, rows, { wanted, all }, ours),
      ...(kind in KUBERNETES_KINDS ? [] : compareStanding(kind, left.standing, wanted)),
    ];
  });
}

const text = ({ uid, version, change }: Row | Told): string => `${uid} ${version} ${change}`;

interface Wanted {
  /** Up to the position of the watch: none of them may be missing. */
  readonly wanted: readonly Told[];
  readonly all: readonly Told[];
}

function compareRows(kind: string, rows: readonly Row[], { wanted, all }: Wanted, ours: ReadonlySet<string>): string[] {
  const mayBeAbsent = ({ about }: Told): boolean => about !== undefined && about.kind !== "ECS" && !ours.has(about.uid);
  const there = new Set(rows.map(text));
  const known = new Set(all.map(text));
  const gaps = gapsOf(rows);
  const problems = [
    ...rows
      .filter(({ source }) => source !== "watch" && source !== RELIST)
      .map((row) => `found by a list: ${text(row)}`),
    ...rows.filter((row) => row.source === "watch" && !known.has(text(row))).map((row) => `never told: ${text(row)}`),
    ...madeUp(rows, all).map((row) => `never told, and found by a list: ${text(row)}`),
    ...wanted
      .filter((one) => !there.has(text(one)) && !mayBeAbsent(one) && !gaps.some((gap) => isWithin(one, gap)))
      .map((one) => `missing: ${text(one)}`),
    ...rows.flatMap((row, index) => {
      const before = rows[index - 1];
      if (before === undefined || row.source === RELIST || before.source === RELIST) return [];
      // Events that expire together are deleted in one revision of etcd.
      const order = compareResourceVersions(before.version, row.version);
      if (order < 0 || (order === 0 && before.uid !== row.uid)) return [];
      return [`twice or out of order: ${text(before)}, then ${text(row)}`];
    }),
  ];
  return problems.map((problem) => `${kind}: ${problem}`);
}

/** Source of a row that stands for an unknown number of changes: the API server no longer knew what came since. */
const RELIST = "relist";

/** Between which versions the API server did not tell each change; ends that are not known are absent. */
interface Gap {
  readonly after: string | undefined;
  readonly before: string | undefined;
}

function gapsOf(rows: readonly Row[]): Gap[] {
  return rows.flatMap((row, index) => {
    if (row.source !== RELIST || rows[index - 1]?.source === RELIST) return [];
    const next = rows.slice(index).find(({ source }) => source !== RELIST);
    return [{ after: rows[index - 1]?.version, before: next?.version }];
  });
}

function isWithin({ version }: Told, { after, before }: Gap): boolean {
  return (
    (after === undefined || compareResourceVersions(version, after) > 0) &&
    (before === undefined || compareResourceVersions(version, before) < 0)
  );
}

/** Rows of a list that show what never was: another version than any that was told, or the end of what did not end. */
function madeUp(rows: readonly Row[], all: readonly Told[]): Row[] {
  const versions = new Set(all.map(({ uid, version }) => `${uid} ${version}`));
  const ended = new Set(all.filter(({ change }) => change === "DELETED").map(({ uid }) => uid));
  return rows.filter(({ uid, version, change, source }) => {
    if (source !== RELIST) return false;
    return change === "DELETED" ? !ended.has(uid) : !versions.has(`${uid} ${version}`);
  });
}

/** What was seen to come shows as it was told last, and what was seen to go does not. */
function compareStanding(kind: string, standing: ReadonlySet<string>, wanted: readonly Told[]): string[] {
  const last = new Map(wanted.map((one) => [one.uid, one]));
  return [...last.values()]
    .filter(({ uid, version, change }) => standing.has(`${kind} ${uid} ${version}`) !== (change !== "DELETED"))
    .map((one) => `${kind}: the current state is not what was told last: ${text(one)}`);
}
