/**
 * Measures, and writes docs/benchmarks.md: each figure beside its limit or its rival, which were measured in the same run.
 *
 *   node bench/main.ts [--quick] [--only NAME,…] [--rivals all] [--out FILE]
 *
 * What needs Kubernetes runs on the installation that `make up NODES=real,kwok KWOK_NODES=40` gives; `make bench` does both.
 */
import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { type Bench, type Figure, table } from "./figure.ts";
import { history } from "./history.ts";
import { projector } from "./projector.ts";
import { readSide } from "./read-side.ts";
import { runTask } from "./run-task.ts";
import { scale } from "./scale.ts";
import { rollOut, services } from "./services.ts";
import { writes } from "./writes.ts";

const BENCHES: Readonly<Record<string, Bench>> = {
  reads: readSide,
  projector,
  history,
  "run-task": runTask,
  writes,
  "roll-out": rollOut,
  services,
  scale,
};

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    rivals: { type: "string" },
    out: { type: "string" },
  },
});
if (values.help) {
  console.log(
    `usage: node bench/main.ts [--quick] [--only NAME,…] [--rivals all] [--out FILE]

  --quick  fewer and smaller, within five minutes: shows that all of it works, not how fast it is
  --only   some of: ${Object.keys(BENCHES).join(", ")}
  --rivals all: fakecloud, too, which cargo builds in half an hour the first time
  --out    write the page there; without --quick and --only it is docs/benchmarks.md`,
  );
  process.exit(0);
}
const names = values.only?.split(",") ?? Object.keys(BENCHES);
const unknown = names.find((name) => BENCHES[name] === undefined);
if (unknown !== undefined) {
  console.error(`There is no bench ${unknown}; there are ${Object.keys(BENCHES).join(", ")}.`);
  process.exit(1);
}
if (values.rivals !== undefined && values.rivals !== "all") {
  console.error(`--rivals ${values.rivals} is not known; all is.`);
  process.exit(1);
}

interface Result {
  readonly bench: Bench;
  readonly figures: readonly Figure[];
  readonly tookSeconds: number;
}

const results: Result[] = [];
let failed = 0;
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) continue;
  const started = performance.now();
  try {
    const figures = await bench.run({ quick: values.quick, allRivals: values.rivals === "all" });
    const tookSeconds = (performance.now() - started) / 1000;
    results.push({ bench, figures, tookSeconds });
    console.log(`\n${bench.title} (${tookSeconds.toFixed(0)} s)\n\n${table(figures)}`);
  } catch (error) {
    failed += 1;
    console.error(`\n${bench.title} failed:`, error);
  }
}
const whole = !values.quick && values.only === undefined && failed === 0;
const out = values.out ?? (whole ? "docs/benchmarks.md" : undefined);
if (out !== undefined) {
  await writeFile(out, page());
  console.log(`\nwritten: ${out}`);
}
process.exit(failed === 0 ? 0 : 1);

function page(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model ?? "unknown"}), ${memory} GiB, Node ${process.version}`;
  const kind = values.quick ? "A quick run: it shows that everything works, not how fast it is. " : "";
  return [
    "# Benchmarks",
    "",
    `${kind}Measured on ${new Date().toISOString().slice(0, 10)} on ${machine}; etcd, the Kubernetes control plane, the ` +
      "simulated nodes, KECS and the load share these cores. Each figure stands beside its limit or rival, measured in the " +
      "same run: the ratios say more than the figures. `make bench` repeats it all and writes this page; `make bench QUICK=1` " +
      "is a small run of the same, and `make bench ONLY=reads` one part.",
    ...results.flatMap(({ bench, figures, tookSeconds }) => [
      "",
      `## ${bench.title}`,
      "",
      `${bench.how} (${tookSeconds.toFixed(0)} s)`,
      "",
      table(figures),
      ...(bench.limit !== undefined && figures.some(({ met }) => met === false)
        ? ["", `What the limit is: ${bench.limit}`]
        : []),
    ]),
    "",
  ].join("\n");
}
