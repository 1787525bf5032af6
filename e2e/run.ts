/**
 * Runs every check and test, in the order from quick to slow (with CI=true unit tests beside the last ones), and ends with
 * one line `N passed, N failed`.
 *
 *   node e2e/run.ts            everything, with the local cluster (`make up`)
 *   node e2e/run.ts unit       only what needs no cluster
 *
 * A failing step does not hide the later ones, except that end-to-end tests need a cluster that came up.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { FileTotals } from "./support/reporter.ts";

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

/** Ends each step that runs, with all that it started. */
const running = new Set<() => void>();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    for (const end of running) end();
    process.exit(130);
  });
}

/**
 * Runs a command with its output shown; resolves to exit code and what it printed.
 * @param beside others run and show theirs: this one's is shown when it is done
 */
function show(command: string, args: readonly string[], beside = false): Promise<{ code: number; output: string }> {
  const title = `\n── ${command} ${args.join(" ")}`;
  console.log(beside ? `${title} (beside the next)` : title);
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
      if (!beside) process.stdout.write(text);
    });
    const end = (): void => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    };
    running.add(end);
    const limit = setTimeout(() => {
      console.log(`\n── not done within ${STEP_LIMIT_MS / 60_000} minutes: ${command} ${args.join(" ")}`);
      end();
    }, STEP_LIMIT_MS);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(limit);
      running.delete(end);
      if (beside) console.log(`${title}\n${output}`);
      console.log(`── ${((Date.now() - started) / 1000).toFixed(1)} s, exit code ${code}`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** The tests that passed at a second attempt only, as e2e/support/reporter.ts lists them; empty for none. */
const triedAgain = (output: string): string => /^\s+\d+ tried again\n[^]*/m.exec(output)?.[0].trimEnd() ?? "";

/** The part of mocha's output that says which tests failed and how; of another command, its last lines. */
function whatFailed(output: string): string {
  const from = output.search(/^\s+\d+ failing/m);
  return (from < 0 ? output.trimEnd().split("\n").slice(-20).join("\n") : output.slice(from)).trimEnd();
}

const totals: FileTotals = { passed: 0, failed: 0 };
/** Tests of mocha's that ran, and not just checks. */
let ran = 0;
const failures: { title: string; told: string }[] = [];
const retried: { title: string; told: string }[] = [];

async function step(title: string, command: string, args: readonly string[]): Promise<boolean> {
  const run = await show(command, args);
  totals[run.code === 0 ? "passed" : "failed"] += 1;
  if (run.code !== 0) failures.push({ title, told: whatFailed(run.output) });
  return run.code === 0;
}

const scratch = mkdtempSync(join(tmpdir(), "kecs-tests-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** Runs mocha; beside what it printed, each file's totals. They are empty when it died before its summary. */
async function mocha(
  args: readonly string[],
  beside: boolean,
): Promise<{ code: number; output: string; files: Map<string, FileTotals> }> {
  const path = join(mkdtempSync(join(scratch, "run-")), "totals.json");
  const reporter = ["--reporter", "./e2e/support/reporter.ts", "--reporter-option", `totals=${path}`];
  const run = await show("npx", ["--no-install", "mocha", ...args, ...reporter], beside);
  const files = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, FileTotals>) : {};
  return { ...run, files: new Map(Object.entries(files)) };
}

/**
 * Mocha with a configuration and files. Where nobody looks on (CI=true), what a busy machine failed is tried once more:
 * first the test, then, for a hook or a state that it left, its whole file when all others are done. Both are listed.
 * @param again how to run a file alone
 * @param beside whether others run at the same time
 */
async function tests(title: string, args: readonly string[], again: readonly string[], beside = false): Promise<void> {
  const first = await mocha([...args, ...(inCi ? ["--retries", "1"] : [])], beside);
  const failed = [...first.files].filter(([, { failed }]) => failed > 0).map(([file]) => file);
  if (triedAgain(first.output) !== "") retried.push({ title, told: triedAgain(first.output) });
  let last = first;
  if (inCi && failed.length > 0 && !failed.includes("")) {
    last = await mocha([...again, ...failed], beside);
    if (last.code === 0) retried.push({ title: `${title}, whole files`, told: whatFailed(first.output) });
  }
  const all = [...new Map([...first.files, ...last.files]).values()];
  const result = { passed: 0, failed: 0 };
  for (const { passed, failed } of all) {
    result.passed += passed;
    result.failed += failed;
  }
  if (last.code !== 0 && result.failed === 0) result.failed = 1; // it died before its summary
  ran += result.passed + result.failed;
  totals.passed += result.passed;
  totals.failed += result.failed;
  if (result.failed > 0) failures.push({ title, told: whatFailed(last.output) });
}

const inCi = process.env["CI"] === "true";
const grep = values.grep === undefined ? [] : ["--grep", values.grep];
const unit = ["--config", ".mocharc.unit.json", ...grep];
const e2e = ["--config", ".mocharc.e2e.json", ...grep];
const oneByOne = [...e2e, "--no-parallel"];

await step("types", "npx", ["--no-install", "tsc", "--noEmit"]);
await step("lint", "npm", ["run", "--silent", "lint"]);
await step("generated files", "npm", ["run", "--silent", "generate", "--", "--check"]);
const unitTests = (beside: boolean): Promise<void> =>
  tests("unit tests", unit, ["--no-config", "--timeout", "20000", ...grep], beside);
const serialTests = (): Promise<void> => tests("e2e, one by one", [...oneByOne, "e2e/serial/*.e2e.ts"], oneByOne);

if (positionals.includes("unit")) {
  await unitTests(false);
} else {
  // Who looks on wants to see what fails soon. Otherwise they run beside tests that wait most of the time.
  if (!inCi) await unitTests(false);
  const isUp = await step("make up", "make", ["--no-print-directory", "up"]);
  if (isUp) await tests("e2e", [...e2e, "e2e/*.e2e.ts", "e2e/kube/*.e2e.ts"], oneByOne);
  await Promise.all([inCi && unitTests(isUp), isUp && serialTests()]);
  if (values.down) await step("make down", "make", ["--no-print-directory", "down"]);
}

if (ran === 0) {
  totals.failed += 1; // a wrong pattern must not look green
  failures.push({ title: "tests", told: "no test ran" });
}

// Once more at the end: who sees only the last lines of a long output finds out what failed.
for (const { title, told } of retried) console.log(`\n${title}:\n${told}`);
for (const { title, told } of failures) console.log(`\nfailed: ${title}\n${told}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
