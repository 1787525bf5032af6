import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import Mocha from "mocha";

const { EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_RETRY, EVENT_RUN_END } = Mocha.Runner.constants;

/** What became of one file's tests; a hook that failed counts as one. */
export interface FileTotals {
  passed: number;
  failed: number;
}

/**
 * Mocha's spec reporter, which also tells which tests passed at a second attempt only: what a busy machine did to them
 * must not end a run, and must not go unseen. `--reporter-option totals=FILE` writes `{<test file>: FileTotals}` there.
 */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const retried: string[] = [];
    const totals: Record<string, FileTotals> = {};
    const count = ({ file }: { file?: string | undefined }, what: keyof FileTotals): void => {
      (totals[file === undefined ? "" : relative(process.cwd(), file)] ??= { passed: 0, failed: 0 })[what] += 1;
    };
    runner.on(EVENT_TEST_PASS, (test: Mocha.Test) => count(test, "passed"));
    runner.on(EVENT_TEST_FAIL, (test: Mocha.Test | Mocha.Hook) => count(test, "failed"));
    runner.on(EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      retried.push(`  ${test.fullTitle()}\n    ${error.message.split("\n").slice(0, 12).join("\n    ")}`);
    });
    runner.once(EVENT_RUN_END, () => {
      if (retried.length > 0) console.log(`  ${retried.length} tried again\n\n${retried.join("\n")}\n`);
      const { totals: path } = (options.reporterOptions ?? {}) as { totals?: string };
      if (path !== undefined) writeFileSync(path, JSON.stringify(totals));
    });
  }
}
