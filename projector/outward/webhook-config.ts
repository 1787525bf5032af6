import { readFileSync } from "node:fs";
import { resolve, dirname } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { compilePattern, type Matches, PatternError } from "./event-pattern.ts";

/** A receiver of events. */
export interface WebhookConfig {
  readonly name: string;
  readonly url: string;
  /** Which events it gets; all without one. */
  readonly matches: Matches;
  /** What signatures are made with, read anew for each attempt so that it can be changed; undefined: none. */
  readonly secret?: () => string;
  readonly timeoutSeconds: number;
  readonly maximumEventAgeInSeconds: number;
  readonly maximumRetryAttempts: number;
}

/** What stands in the file. */
interface Entry extends Omit<WebhookConfig, "matches" | "secret"> {
  readonly secretFile?: string;
  readonly pattern?: unknown;
}

/** A file of webhooks that cannot be used; `problems` has a sentence for each thing to correct. */
export class WebhookConfigError extends Error {
  override readonly name = "WebhookConfigError";
}

const SCHEMA = {
  type: "object",
  additionalProperties: false,
  required: ["webhooks"],
  properties: {
    webhooks: {
      type: "array",
      maxItems: 20,
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "url"],
        properties: {
          name: { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" },
          url: { type: "string", pattern: "^https?://[^\\s]+$" },
          secretFile: { type: "string", minLength: 1 },
          pattern: { type: "object" },
          timeoutSeconds: { type: "number", minimum: 1, maximum: 60, default: 5 },
          maximumEventAgeInSeconds: { type: "integer", minimum: 60, maximum: 86_400, default: 86_400 },
          maximumRetryAttempts: { type: "integer", minimum: 0, maximum: 185, default: 185 },
        },
      },
    },
  },
};

/**
 * The webhooks of a YAML or JSON file. Bounds and their names are those of EventBridge's targets.
 * @throws WebhookConfigError for a file that cannot be read or used, its secrets included
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
 */
export function loadWebhooks(file: string): WebhookConfig[] {
  const { webhooks } = checked(file);
  const names = webhooks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new WebhookConfigError(`${file}: there are two webhooks named ${twice}.`);
  return webhooks.map(({ secretFile, pattern, ...entry }) => {
    const secret = secretFile === undefined ? undefined : secretIn(resolve(dirname(file), secretFile));
    try {
      secret?.();
      const matches = pattern === undefined ? () => true : compilePattern(pattern);
      return { ...entry, matches, ...(secret !== undefined && { secret }) };
    } catch (error) {
      if (!(error instanceof PatternError || error instanceof WebhookConfigError)) throw error;
      throw new WebhookConfigError(`${file}: webhook ${entry.name}: ${error.message}`, { cause: error });
    }
  });
}

function checked(file: string): { webhooks: Entry[] } {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new WebhookConfigError(`${file} cannot be read: ${why}`, { cause: error });
  }
  const validate = new Ajv({ allErrors: true, useDefaults: true }).compile<{ webhooks: Entry[] }>(SCHEMA);
  if (validate(content)) return content;
  const problems = (validate.errors ?? []).map(({ instancePath, message = "", params }) => {
    const more = "additionalProperty" in params ? ` (${String(params["additionalProperty"])})` : "";
    return `${instancePath || "the file"} ${message}${more}`;
  });
  throw new WebhookConfigError(`${file}: ${problems.join("; ")}.`);
}

function secretIn(file: string): () => string {
  return () => {
    let secret: string;
    try {
      secret = readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new WebhookConfigError(`its secret ${file} cannot be read.`, { cause: error });
    }
    if (secret.replace(/^whsec_/, "").length < MIN_SECRET) {
      throw new WebhookConfigError(`its secret ${file} is shorter than ${MIN_SECRET} characters.`);
    }
    return secret;
  };
}

/** 24 bytes are what Standard Webhooks asks for at least, 32 characters in base64. */
const MIN_SECRET = 32;
