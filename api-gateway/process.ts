import { ConfigError, loadConfig, printableConfig, type Config } from "#lib/config.ts";
import { createLogger, type Logger } from "#lib/log.ts";
import { startGateway } from "./gateway.ts";

/** Resolves when the process is told to end. */
function toldToEnd(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve(signal));
  });
}

function configure(): Config {
  try {
    return loadConfig(process.env, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return process.exit(2);
  }
}

async function main(config: Config, log: Logger): Promise<void> {
  const end = toldToEnd();
  const gateway = await startGateway(config, log);
  log.info("Gateway listens", {
    api: `${config.host}:${gateway.port}`,
    admin: `${config.adminHost}:${gateway.adminPort}`,
  });
  const signal = await Promise.race([end, gateway.failed]);
  log.info("Gateway ends", { signal });
  await gateway.close();
  log.info("Gateway has ended");
}

const config = configure();
const log = createLogger({ level: config.logLevel, format: config.logFormat, component: "gateway" });
log.info("Gateway starts", { config: printableConfig(config), node: process.version });
try {
  await main(config, log);
  process.exitCode = 0;
} catch (error) {
  log.error("Gateway failed", { error });
  process.exitCode = 1;
  // Sockets and watches of what still runs must not keep a process alive that cannot serve.
  setTimeout(() => process.exit(), 1000).unref();
}
