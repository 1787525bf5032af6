import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Ajv, type ErrorObject } from "ajv";
import { parse as parseYaml } from "yaml";
import type { Config } from "./config-members.ts";
import { ENVIRONMENT_NAMES, SETTINGS, isSetting, type SettingName } from "./settings.ts";

export type { Config } from "./config-members.ts";

/** A configuration that cannot be used; `problems` has one sentence for each thing to correct. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(`Configuration refused:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`, { cause });
    this.name = "ConfigError";
    this.problems = problems;
  }
}

type Values = Partial<Record<SettingName, unknown>>;

/** Variables of scripts, tests and the local cluster beside the product: theirs, not settings. */
const FOREIGN_VARIABLES =
  /^KECS_((TEST|E2E|BENCH|LOCAL|DEV|CLUSTER|CI|CACHE|KUBECTL|CONTROL_PLANE)(_|$)|(.+_)?ENDPOINT$)/;

/**
 * Kubernetes puts `KECS_SERVICE_HOST`, `KECS_PORT=tcp://…`, `KECS_PORT_8080_TCP_ADDR` … into every Pod beside a
 * Service named `kecs`.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
    /^(tcp|udp|sctp):\/\//.test(value)
  );
}

function isForeign(name: string, value: string): boolean {
  return name === "KECS_CONFIG" || FOREIGN_VARIABLES.test(name) || isServiceLink(name, value);
}

/** `complete` asks for every setting that has a default as well. */
function schemaOf(complete = false): object {
  const settings = Object.entries(SETTINGS);
  const properties = Object.fromEntries(settings.map(([name, setting]) => [name, setting.schema] as const));
  const required = settings.filter(([, setting]) => complete && setting.default !== undefined).map(([name]) => name);
  return { type: "object", additionalProperties: false, properties, required };
}

function sentence(error: ErrorObject, nameOf: (setting: string) => string): string {
  if (error.keyword === "additionalProperties") {
    return `${String(error.params["additionalProperty"])} is not a setting. Settings are: ${Object.keys(SETTINGS).join(", ")}.`;
  }
  const wanted =
    error.keyword === "enum" ? `must be one of ${error.params["allowedValues"].join(", ")}` : error.message;
  return `${nameOf(error.instancePath.slice(1))} ${wanted}.`;
}

function variableOf(setting: string): string {
  return isSetting(setting) ? SETTINGS[setting].env : setting;
}

function fromEnvironment(env: NodeJS.ProcessEnv): { values: Values; problems: string[] } {
  const values: Values = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("KECS_") || value === undefined || value === "" || isForeign(name, value)) continue;
    const setting = ENVIRONMENT_NAMES.get(name);
    if (setting) values[setting] = value;
    else problems.push(`${name} is not a setting. Settings are: ${[...ENVIRONMENT_NAMES.keys()].join(", ")}.`);
  }
  const validate = new Ajv({ allErrors: true, coerceTypes: true }).compile(schemaOf());
  if (!validate(values)) {
    problems.push(...(validate.errors ?? []).map((error) => sentence(error, variableOf)));
  }
  return { values, problems };
}

function readFile(file: string): unknown {
  try {
    return parseYaml(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new ConfigError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`], error);
  }
}

function fromFile(file: string): { values: Values; problems: string[] } {
  const values = readFile(file);
  const validate = new Ajv({ allErrors: true }).compile<Values>(schemaOf());
  if (validate(values)) return { values, problems: [] };
  const problems = (validate.errors ?? []).map((error) =>
    error.instancePath === "" && error.keyword === "type"
      ? `${file}: must be a mapping of settings to values.`
      : `${file}: ${sentence(error, (setting) => setting)}`,
  );
  return { values: {}, problems };
}

function configFile(env: NodeJS.ProcessEnv, argv: readonly string[]): string | undefined {
  try {
    const { values } = parseArgs({ args: [...argv], options: { config: { type: "string" } } });
    return values.config ?? (env["KECS_CONFIG"] || undefined);
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)], error);
  }
}

/**
 * The settings of a process: defaults, overridden by the YAML file that `--config` or `KECS_CONFIG` names, overridden
 * by `KECS_*` variables. Unknown names and values out of range are refused, all of them at once.
 *
 * @param argv arguments after the script's name
 * @throws ConfigError naming each setting to correct
 */
export function loadConfig(env: NodeJS.ProcessEnv, argv: readonly string[] = []): Config {
  const file = configFile(env, argv);
  const inFile = file === undefined ? { values: {}, problems: [] } : fromFile(file);
  const inEnvironment = fromEnvironment(env);
  const problems = [...inFile.problems, ...inEnvironment.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  const defaults = Object.fromEntries(
    Object.entries(SETTINGS).flatMap(([name, setting]) =>
      setting.default === undefined ? [] : [[name, setting.default]],
    ),
  );
  const config: unknown = { ...defaults, ...inFile.values, ...inEnvironment.values };
  const validate = new Ajv({ allErrors: true }).compile<Config>(schemaOf(true));
  if (!validate(config)) throw new ConfigError((validate.errors ?? []).map((error) => sentence(error, variableOf)));
  return Object.freeze(config);
}

/** The settings as they may be printed and logged: secret ones show only that they are set. */
export function printableConfig(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      isSetting(name) && SETTINGS[name].secret && value !== undefined ? "***" : value,
    ]),
  );
}
