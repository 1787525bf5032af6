import type { ErrorObject } from "ajv";

/** The longest piece of a caller's value that a message repeats. */
const QUOTED_MAX = 100;

/** ajv's `/containerDefinitions/0` and a missing `image` → `containerDefinitions[0].image`. */
export function pathOf(error: ErrorObject): string {
  const steps = error.instancePath.split("/").slice(1).map(unescapePointer);
  if (error.keyword === "required") steps.push(missingMember(error));
  return steps.reduce(
    (path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === "" ? step : `${path}.${step}`),
    "",
  );
}

/**
 * A sentence on what is wrong: the one that ECS has for this member, else in the manner of AWS's generated checks.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/CommonErrors.html
 */
export function describeProblem(error: ErrorObject, path: string): string {
  if (error.keyword === "type" || error.keyword === "format") return conversion(error, path);
  const own = ownWords(error);
  if (own !== undefined) return own.replaceAll("{value}", () => quoted(error.data));
  const value = error.keyword === "required" ? "null" : `'${quoted(error.data)}'`;
  return `Value ${value} at '${path}' failed to satisfy constraint: ${constraint(error)}`;
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function missingMember(error: ErrorObject): string {
  return String((error.params as { missingProperty?: unknown }).missingProperty);
}

interface Described {
  says?: Record<string, string>;
  properties?: Record<string, Described>;
}

/** The message in the schema's `says`; for a missing member it stands at the member. */
function ownWords(error: ErrorObject): string | undefined {
  const parent = error.parentSchema as Described | undefined;
  const described = error.keyword === "required" ? parent?.properties?.[missingMember(error)] : parent;
  return described?.says?.[error.keyword];
}

const bound = (what: string, side: string) => (limit: unknown) =>
  `Member must have ${what} ${side} than or equal to ${String(limit)}`;

const constraints: Readonly<Record<string, (limit: unknown) => string>> = {
  required: () => "Member must not be null",
  enum: (values) => `Member must satisfy enum value set: [${(values as string[]).join(", ")}]`,
  pattern: (pattern) => `Member must satisfy regular expression pattern: ${String(pattern)}`,
  minLength: bound("length", "greater"),
  maxLength: bound("length", "less"),
  minItems: bound("length", "greater"),
  maxItems: bound("length", "less"),
  minimum: bound("value", "greater"),
  maximum: bound("value", "less"),
  uniqueKey: (key) => `Member must not have the same ${String(key)} twice`,
  reserved: (prefix) => `Member must not start with '${String(prefix)}', which is reserved`,
};

function constraint(error: ErrorObject): string {
  return constraints[error.keyword]?.(error.schema) ?? error.message ?? "Member is not valid";
}

const targets: Readonly<Record<string, string>> = {
  string: "String",
  boolean: "Boolean",
  number: "Double",
  int32: "Integer",
  int64: "Long",
  array: "List",
  object: "Structure",
};

/** `STRING_VALUE cannot be converted to Integer at 'containerDefinitions[0].memory'` */
function conversion(error: ErrorObject, path: string): string {
  const { type, format } = error.parentSchema as { type: string; format?: string };
  const where = path === "" ? "of the request" : `at '${path}'`;
  return `${tokenOf(error.data)} cannot be converted to ${targets[format ?? type] ?? type} ${where}`;
}

function tokenOf(value: unknown): string {
  if (value === null) return "NULL_VALUE";
  if (Array.isArray(value)) return "START_ARRAY";
  if (typeof value === "object") return "START_OBJECT";
  return typeof value === "boolean" ? `${String(value).toUpperCase()}_VALUE` : `${typeof value}_VALUE`.toUpperCase();
}

function quoted(value: unknown): string {
  // A long list or structure is named by its path alone.
  if (typeof value === "object" && value !== null) return "[...]";
  const text = String(value);
  return text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}...` : text;
}
