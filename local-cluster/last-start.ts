/** Which cluster of this checkout was started last, so that `make down` ends that one, whatever the environment says now. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeIfChanged } from "./files.ts";
import type { Paths, Settings } from "./settings.ts";

export interface LastStart {
  slot: number;
  realNode: boolean;
}

/** Notes what is being started. */
export async function noteStart({ paths, slot, realNode }: Settings): Promise<void> {
  const note: LastStart = { slot, realNode };
  await writeIfChanged(file(paths), JSON.stringify(note));
}

/** What was started last; undefined when nothing ever was. */
export async function lastStart(paths: Paths): Promise<LastStart | undefined> {
  const text = await readFile(file(paths), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { slot, realNode } = JSON.parse(text) as Partial<LastStart>;
  return typeof slot === "number" && typeof realNode === "boolean" ? { slot, realNode } : undefined;
}

function file(paths: Paths): string {
  return join(paths.config, "last-start.json");
}
