import { type Identity, parseArn } from "#lib/ecs/arns.ts";
import type { ProjectedResource } from "./tables.ts";
import type { Change } from "./batch.ts";
import type { KubernetesKind } from "./kubernetes-kinds.ts";
import { stateRow } from "./rows.ts";
import type { Reader, ResultRow } from "./repository.ts";
import { dateOf } from "./session.ts";

/** A change of a resource, as the history keeps it. */
export interface HistoryEntry {
  /** Its place in the history, a whole number as text: later changes have greater ones. */
  readonly position: string;
  readonly kind: ProjectedResource["kind"];
  readonly change: Change["type"];
  readonly source: Change["source"];
  readonly changedAt: Date;
  readonly uid: string;
  /** Where it was known when the change was seen. */
  readonly arn?: string;
  readonly resourceVersion: string;
  /** The whole resource; of a deleted one its last state. */
  readonly object: ProjectedResource;
}

/** What an ARN meant at some time. */
export interface StateAt {
  readonly entry: HistoryEntry;
  /** As a describe call would have answered it, without counts of a cluster's members; undefined where it was gone. */
  readonly state: object | undefined;
}

export interface HistoryPage {
  /** Only changes before this position. */
  readonly before?: string | undefined;
  /** Only changes after this time, and up to that one. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit: number;
}

/** What Kubernetes told of a task or service: a change of an object that it became, or an Event about it. */
export interface KubernetesEntry {
  readonly kind: KubernetesKind;
  readonly change: Change["type"];
  readonly source: Change["source"];
  readonly changedAt: Date;
  readonly uid: string;
  readonly namespace?: string;
  readonly name: string;
  readonly resourceVersion: string;
  /** How it stood, or what the Event says, in a line. */
  readonly summary?: string;
}

/** What the history answers about one resource. */
export interface History {
  /** Changes of the resources that have or had the ARN, newest first. */
  of(arn: string, page: HistoryPage): Promise<HistoryEntry[]>;
  /** What Kubernetes told of it after `since` and up to `until`, newest first. */
  ofKubernetes(arn: string, span: Pick<HistoryPage, "since" | "until">, limit: number): Promise<KubernetesEntry[]>;
  /** The state at that time; undefined where there was no such resource yet, or the history does not reach back. */
  at(arn: string, time: Date): Promise<StateAt | undefined>;
  /** When the first change was seen that the history has; undefined for an empty one. */
  begins(): Promise<Date | undefined>;
}

/** The history of `store`. */
export function createHistory(store: Reader, identity: Identity): History {
  return {
    async of(arn, { before, since, until, limit }) {
      const rows = await store.read("history_of_arn", { arn, before, since, until, limit });
      return rows.map(historyEntry);
    },
    async ofKubernetes(arn, { since, until }, limit) {
      const rows = await store.read("kubernetes_of_arn", { arn, since, until, limit });
      return rows.map(kubernetesEntry);
    },
    async at(arn, time) {
      const [row] = await store.read("state_at", { arn, at: time });
      if (row === undefined) return undefined;
      const entry = historyEntry(row);
      return { entry, state: stateOf(entry, arn, { identity, time }) };
    },
    async begins() {
      return dateOf((await store.read("first_change"))[0]?.["first_change"]);
    },
  };
}

/** A row of the history. */
export function historyEntry(row: ResultRow): HistoryEntry {
  const { arn } = row;
  return {
    position: String(row["position"]),
    kind: String(row["kind"]) as HistoryEntry["kind"],
    change: String(row["change"]) as HistoryEntry["change"],
    source: String(row["source"]) as HistoryEntry["source"],
    changedAt: dateOf(row["changed_at"]) ?? new Date(0),
    uid: String(row["uid"]),
    ...(typeof arn === "string" && { arn }),
    resourceVersion: String(row["resource_version"]),
    object: JSON.parse(String(row["object"])) as ProjectedResource,
  };
}

function kubernetesEntry(row: ResultRow): KubernetesEntry {
  const { namespace, summary } = row;
  return {
    kind: String(row["kind"]) as KubernetesKind,
    change: String(row["change"]) as Change["type"],
    source: String(row["source"]) as Change["source"],
    changedAt: dateOf(row["changed_at"]) ?? new Date(0),
    uid: String(row["uid"]),
    ...(typeof namespace === "string" && { namespace }),
    name: String(row["name"]),
    resourceVersion: String(row["resource_version"]),
    ...(typeof summary === "string" && { summary }),
  };
}

/** A change's resource as the API answered it then; the ARN itself says which cluster it was in. */
export function stateOf(entry: HistoryEntry, arn: string, of: { identity: Identity; time: Date }): object | undefined {
  const { object, resourceVersion, change, changedAt } = entry;
  const row = stateRow(object, {
    identity: of.identity,
    now: of.time,
    clusterOfNamespace: () => parseArn(arn)?.path[0],
    resourceVersion,
    deletedAt: change === "DELETED" ? changedAt : undefined,
  });
  return row === undefined ? undefined : (JSON.parse(String(row.row.doc)) as object);
}
