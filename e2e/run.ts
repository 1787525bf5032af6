/**
 * Runs every check and test, in the order from quick to slow, and ends with one line `N passed, N failed`.
 *
 *   node e2e/run.ts            everything, with the local cluster (`make up`)
 *   node e2e/run.ts unit       only what needs no cluster
 *
 * A failing step does not hide the later ones, except that end-to-end tests need a cluster that came up.
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

interface Totals {
  passed: number;
  failed: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h", default: false },
    grep: { type: "string", short: "g" },
    down: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log("usage: node e2e/run.ts [unit] [-g PATTERN] [--down]\n\n  --down  run `make down` at the end");
  process.exit(0);
}

/** No step may take longer; one that hangs is ended with all that it started, and counts as failed. */
const STEP_LIMIT_MS = 25 * 60_000;

/** Ends the step that runs, with all that it started. */
let endStep = (): void => {};
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    endStep();
    process.exit(130);
  });
}

/** Runs a command with its output shown; resolves to exit code and what it printed. */
function show(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  console.log(`\n── ${command} ${args.join(" ")}`);
  const started = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true, // a group of its own, to be ended as a whole
      env: { ...process.env, FORCE_COLOR: "0" },
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      process.stdout.write(text);
    });
    endStep = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    const limit = setTimeout(() => {
      console.log(`\n── not done within ${STEP_LIMIT_MS / 60_000} minutes`);
      endStep();
    }, STEP_LIMIT_MS);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      console.log(`── ${((Date.now() - started) / 1000).toFixed(1)} s, exit code ${code}`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Mocha's summary: `12 passing`, `1 failing`. A run that died before its summary counts as one failure. */
function mochaTotals(run: { code: number; output: string }): Totals {
  const number = (word: string): number => Number(new RegExp(`^\\s+(\\d+) ${word}`, "m").exec(run.output)?.[1] ?? 0);
  const totals = { passed: number("passing"), failed: number("failing") };
  if (run.code !== 0 && totals.failed === 0) totals.failed = 1;
  if (run.code === 0 && totals.passed === 0) totals.failed = 1; // nothing ran: a wrong pattern must not look green
  return totals;
}

/** The tests that passed at a second attempt only, as e2e/support/reporter.ts lists them; empty for none. */
const triedAgain = (output: string): string => /^\s+\d+ tried again\n[^]*/m.exec(output)?.[0].trimEnd() ?? "";

/** The part of mocha's output that says which tests failed and how; of another command, its last lines. */
function whatFailed(output: string): string {
  const from = output.search(/^\s+\d+ failing/m);
  return (from < 0 ? output.trimEnd().split("\n").slice(-20).join("\n") : output.slice(from)).trimEnd();
}

const totals: Totals = { passed: 0, failed: 0 };
const failures: { title: string; told: string }[] = [];
const retried: { title: string; told: string }[] = [];

async function step(title: string, command: string, args: readonly string[]): Promise<boolean> {
  const run = await show(command, args);
  const result =
    args.includes("mocha") || command.endsWith("mocha")
      ? mochaTotals(run)
      : { passed: run.code === 0 ? 1 : 0, failed: run.code === 0 ? 0 : 1 };
  totals.passed += result.passed;
  totals.failed += result.failed;
  if (result.failed > 0) failures.push({ title, told: whatFailed(run.output) });
  else if (triedAgain(run.output) !== "") retried.push({ title, told: triedAgain(run.output) });
  return run.code === 0;
}

const grep = values.grep === undefined ? [] : ["--grep", values.grep];
const mocha = ["--no-install", "mocha"];
/** Where nobody looks on, a test that a busy machine failed is tried once more, and listed. */
const e2e = [...mocha, "--config", ".mocharc.e2e.json", ...(process.env["CI"] === "true" ? ["--retries", "1"] : [])];

await step("types", "npx", ["--no-install", "tsc", "--noEmit"]);
await step("lint", "npm", ["run", "--silent", "lint"]);
await step("generated files", "npm", ["run", "--silent", "generate", "--", "--check"]);
await step("unit tests", "npx", [...mocha, "--config", ".mocharc.unit.json", ...grep]);

if (!positionals.includes("unit")) {
  if (await step("make up", "make", ["--no-print-directory", "up"])) {
    await step("e2e", "npx", [...e2e, "e2e/*.e2e.ts", "e2e/kube/*.e2e.ts", ...grep]);
    await step("e2e, one by one", "npx", [...e2e, "--no-parallel", "e2e/serial/*.e2e.ts", ...grep]);
  }
  if (values.down) await step("make down", "make", ["--no-print-directory", "down"]);
}

// Once more at the end: who sees only the last lines of a long output finds out what failed.
for (const { title, told } of retried) console.log(`\n${title}:\n${told}`);
for (const { title, told } of failures) console.log(`\nfailed: ${title}\n${told}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
