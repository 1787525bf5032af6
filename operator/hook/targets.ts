import { ConfigError } from "#lib/config.ts";
import type { Config } from "#lib/config.ts";

/** URLs of lifecycle hooks' targets, by the ARN or the name of the Lambda function that they stand for. */
export type HookTargets = ReadonlyMap<string, string>;

const FUNCTION = /^arn:aws[-a-z]*:lambda:[-a-z0-9]*:\d{12}:function:([-_A-Za-z0-9]{1,140})(:[-_$A-Za-z0-9]+)?$/;

/**
 * The targets that the installation configures.
 * @throws ConfigError where the setting is no JSON object of URLs; it does not repeat them, for they may hold secrets
 */
export function hookTargets({ hookTargets: text = "{}" }: Pick<Config, "hookTargets">): HookTargets {
  const targets = parsed(text);
  if (targets === undefined || !targets.every(([, url]) => isUrl(url))) {
    throw new ConfigError(["KECS_HOOK_TARGETS must be a JSON object: names or ARNs of functions with http(s) URLs"]);
  }
  return new Map(targets.map(([name, url]) => [name, String(url)]));
}

/**
 * What is called for a hook: a URL itself, or what stands for a Lambda function: by its whole ARN, its ARN without version
 * or alias, or its name.
 */
export function hookUrl(targetArn: string, targets: HookTargets): string | undefined {
  if (isUrl(targetArn)) return targetArn;
  const [, name = "", version = ""] = FUNCTION.exec(targetArn) ?? [];
  const unqualified = version === "" ? targetArn : targetArn.slice(0, -version.length);
  return targets.get(targetArn) ?? targets.get(unqualified) ?? targets.get(name);
}

function isUrl(value: unknown): boolean {
  return typeof value === "string" && /^https?:\/\//.test(value) && URL.canParse(value);
}

function parsed(text: string): [string, unknown][] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  } catch {
    return undefined;
  }
}
