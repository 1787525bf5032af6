import { setFlagsFromString } from "node:v8";

/**
 * Has V8 collect sooner, for V8 keeps what its heap ever took. The young generation stays at its first size: as it
 * grows, it is collected more seldom, and what DuckDB's results and connections hold outside of the heap goes only
 * with the objects that stand for it. The old one grows by half of what lives before it is collected, and not to four
 * times that.
 * @see https://v8.dev/blog/trash-talk
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=50");
}
