import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Part of the time that an idle process may be busy for. */
const IDLE_UTILIZATION = 0.05;
/** A collection stops the process for about a millisecond for each megabyte that lives: not for less than this. */
const WORTH_BYTES = 16 * 2 ** 20;

/**
 * Has V8 collect sooner, for V8 keeps what its heap ever took. The young generation stays at its first size: as it
 * grows, it is collected more seldom, and what DuckDB's results and connections hold outside of the heap goes only
 * with the objects that stand for it. The old one grows by half of what lives before it is collected, and not to four
 * times that. And what a busy hour took is given back when it is over.
 * @see https://v8.dev/blog/trash-talk
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=50");
  collectWhenIdle();
}

/**
 * Has V8 collect when the process has become idle after its heap has grown: by itself it collects only while something
 * is allocated, and keeps until then what the last busy hour took.
 * @param everyMs how long the process must have been idle
 * @see https://nodejs.org/api/perf_hooks.html#performanceeventlooputilizationutilization1-utilization2
 */
export function collectWhenIdle(everyMs = 15_000): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let seen = performance.eventLoopUtilization();
  let keptBytes = 0;
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(seen);
    seen = performance.eventLoopUtilization();
    const grownBytes = getHeapStatistics().total_heap_size - keptBytes;
    if (utilization > IDLE_UTILIZATION || grownBytes < WORTH_BYTES) return;
    collect();
    keptBytes = getHeapStatistics().total_heap_size;
  }, everyMs).unref();
}
