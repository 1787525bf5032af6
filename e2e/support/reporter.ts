import Mocha from "mocha";

const { EVENT_TEST_RETRY, EVENT_RUN_END } = Mocha.Runner.constants;

/**
 * Mocha's spec reporter, which also tells which tests passed at a second attempt only: what a busy machine did to them
 * must not end a run, and must not go unseen.
 */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const retried: string[] = [];
    runner.on(EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      retried.push(`  ${test.fullTitle()}\n    ${error.message.split("\n").slice(0, 12).join("\n    ")}`);
    });
    runner.once(EVENT_RUN_END, () => {
      if (retried.length > 0) console.log(`  ${retried.length} tried again\n\n${retried.join("\n")}\n`);
    });
  }
}
