import { type Config, ConfigError } from "./config.ts";
import { pause } from "./kube/clock.ts";
import type { Logger } from "./log.ts";

export const EXIT = { done: 0, failed: 1, badConfig: 2 } as const;

/** Aborts at the first SIGTERM or SIGINT, and ends the process when that takes too long or is said again. */
export function untilTold(config: Config, log: Logger): AbortSignal {
  const stop = new AbortController();
  const told = (name: string): void => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    log.info("stopping", { signal: name, withinMs: config.shutdownTimeoutMs });
    stop.abort(new Error(`stopped by ${name}`));
    void pause(config.shutdownTimeoutMs).then(() => {
      log.error("not done in time: work in hand is left to the next start");
      process.exit(EXIT.failed);
    });
  };
  process.on("SIGTERM", told);
  process.on("SIGINT", told);
  return stop.signal;
}

/** Runs `main` and ends the process with the exit code that it gives; says which setting is wrong where one is. */
export async function exitWith(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT.badConfig);
  }
}
