import { median } from "./statistics.ts";

const EVERY_MS = 5_000;
/** About the size of a task as a watch tells it, and what is done with one most: it is parsed and written. */
const TEXT = JSON.stringify(
  Array.from({ length: 50 }, (_, index) => ({
    name: `container-${index}`,
    image: "busybox",
    state: { index, ready: true },
  })),
);
const TIMES = 200;

/**
 * How much CPU a fixed piece of work takes while something else is measured: on a virtual machine the same work takes up
 * to three times as much from one quarter of an hour to the next, which would look like a cost that grows.
 */
export class MachineSpeed {
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#sample(); // the first one compiles it, and does not count
    this.#samples.length = 0;
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), EVERY_MS);
  }

  /** @returns milliseconds of CPU, the median */
  end(): number {
    clearInterval(this.#timer);
    this.#sample();
    return median(this.#samples);
  }

  #sample(): void {
    const before = process.threadCpuUsage();
    for (let time = 0; time < TIMES; time++) JSON.stringify(JSON.parse(TEXT));
    const { user, system } = process.threadCpuUsage(before);
    this.#samples.push((user + system) / 1000);
  }
}
