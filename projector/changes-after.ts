import type { Reader, ResultRow } from "./repository.ts";

/** The next changes after a position, each with the resource as it was before; from the archive, too, where it has come to it. */
export async function changesAfter(store: Reader, position: string, limit: number): Promise<ResultRow[]> {
  const page = { after: position, limit };
  const rows = await store.read("changes_after", page);
  const [archive] = await store.read("history_floor");
  if (BigInt(String(archive?.["floor"] ?? 0)) <= BigInt(position)) return rows;
  return store.read("changes_after_with_archive", page);
}
