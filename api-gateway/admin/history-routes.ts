import type { ParsedUrlQuery } from "node:querystring";
import { type Difference, differences } from "#lib/differences.ts";
import type { History, HistoryEntry, StateAt } from "#projector/history.ts";
import { AdminError } from "./admin-error.ts";
import { arnOf, numberOf, parameter, timeOf } from "./input.ts";

const PAGE = { default: 20, max: 500 };

/** One change, with what changed in it where the change before is known. */
interface ShownEntry extends Omit<HistoryEntry, "object"> {
  readonly object?: HistoryEntry["object"];
  readonly differences?: readonly Difference[];
}

/**
 * `GET /history/<arn>?limit=&before=&since=&until=&objects=true&kubernetes=true`: changes, newest first; and what
 * Kubernetes told in the time that the page spans.
 */
export async function historyPage(history: History, path: string | undefined, query: ParsedUrlQuery, now: Date) {
  const arn = arnOf(path);
  const limit = numberOf(query, "limit", PAGE);
  const before = parameter(query, "before");
  if (before !== undefined && !/^\d{1,18}$/.test(before)) {
    throw new AdminError(400, "before has to be the `next` of an earlier answer.");
  }
  const since = timeOf(query, "since", now);
  const until = timeOf(query, "until", now);
  const entries = await history.of(arn, { before, since, until, limit: limit + 1 });
  if (entries.length === 0 && before === undefined) throw await unknown(history, arn);
  const shown = entries.slice(0, limit).map((entry, index) => shownEntry(entry, entries.slice(index + 1), query));
  const next = entries.length > limit ? shown.at(-1)?.position : undefined;
  const page = { arn, changes: shown, ...(next !== undefined && { next }) };
  if (parameter(query, "kubernetes") !== "true") return page;
  // One page's time ends where that of the next begins: at the newest change that is not shown.
  const span = {
    since: entries[limit]?.changedAt ?? since,
    until: before === undefined ? until : entries[0]?.changedAt,
  };
  return { ...page, kubernetes: await history.ofKubernetes(arn, span, PAGE.max) };
}

function shownEntry(entry: HistoryEntry, older: readonly HistoryEntry[], query: ParsedUrlQuery): ShownEntry {
  const { object, ...rest } = entry;
  const previous = older.find(({ uid }) => uid === entry.uid);
  return {
    ...rest,
    ...(previous !== undefined && { differences: differences(meaning(previous.object), meaning(object)) }),
    ...(parameter(query, "objects") === "true" && { object }),
  };
}

/** A resource without what changes with every write. */
function meaning({ metadata, ...rest }: HistoryEntry["object"]): object {
  const { resourceVersion: _version, generation: _generation, ...lasting } = metadata;
  return { ...rest, metadata: lasting };
}

/** `GET /describe/<arn>?as-of=`: the state at a time, now when none is given. */
export async function describeAsOf(history: History, path: string | undefined, query: ParsedUrlQuery, now: Date) {
  const arn = arnOf(path);
  const asOf = timeOf(query, "as-of", now) ?? now;
  const found = await history.at(arn, asOf);
  if (found === undefined) throw await unknown(history, arn, asOf);
  const { object, ...entry } = found.entry;
  return { arn, asOf, exists: entry.change !== "DELETED", lastChange: entry, state: found.state ?? null, object };
}

/** `GET /changes/<arn>?from=&to=`: field by field what differs between two times. */
export async function changesBetween(history: History, path: string | undefined, query: ParsedUrlQuery, now: Date) {
  const arn = arnOf(path);
  const from = timeOf(query, "from", now);
  const to = timeOf(query, "to", now) ?? now;
  if (from === undefined) throw new AdminError(400, "from is needed: the earlier of two times, for example ?from=1h.");
  if (from > to) throw new AdminError(400, "from is later than to.");
  const [before, after] = [await history.at(arn, from), await history.at(arn, to)];
  if (after === undefined) throw await unknown(history, arn, to);
  return { arn, from: side(from, before), to: side(to, after), differences: between(before, after) };
}

function side(at: Date, found: StateAt | undefined) {
  const exists = found !== undefined && found.entry.change !== "DELETED";
  return { at, exists, ...(found !== undefined && { position: found.entry.position }) };
}

function between(before: StateAt | undefined, after: StateAt): Difference[] {
  return differences(before?.state ?? {}, after.state ?? {});
}

async function unknown(history: History, arn: string, at?: Date): Promise<AdminError> {
  const begins = await history.begins();
  const when = at === undefined ? "" : ` as of ${at.toISOString()}`;
  const since = begins === undefined ? "The history is empty." : `The history begins at ${begins.toISOString()}.`;
  return new AdminError(404, `Nothing is known of ${arn}${when}. ${since}`);
}
