import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";

const run = promisify(execFile);

/** Fills a process's heap, lets go of nearly all of it, idles; says the MiB of the old generation at first and at last. */
const PROGRAM = `
import { setTimeout } from "node:timers/promises";
import { getHeapSpaceStatistics } from "node:v8";
import { collectWhenIdle } from ${JSON.stringify(new URL("./heap.ts", import.meta.url).href)};
const mebibytes = () => getHeapSpaceStatistics().find((space) => space.space_name === "old_space").space_size / 2 ** 20;
const kept = Array.from({ length: 300_000 }, (_, index) => ({ index, name: "task-" + index, tags: [index] }));
const full = mebibytes();
kept.length = 10;
if (process.argv.includes("collect")) collectWhenIdle(200);
await setTimeout(1_000);
console.log(JSON.stringify({ full, idle: mebibytes(), kept: kept.length }));
`;

async function heapOf(...flags: string[]): Promise<{ full: number; idle: number }> {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", PROGRAM, "--", ...flags]);
  return JSON.parse(stdout) as { full: number; idle: number };
}

describe("the heap of a process that is idle", function () {
  this.timeout(30_000);

  it("is given back, which V8 alone does not do", async () => {
    const [collected, left] = await Promise.all([heapOf("collect"), heapOf()]);
    expect(collected.idle).to.be.lessThan(collected.full / 2);
    expect(left.idle).to.be.greaterThan(left.full / 2);
  });
});
