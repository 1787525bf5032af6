const SECRET_NAME =
  /secret|password|passwd|passphrase|authorization|credential|token|private.?key|^(environment|env)$/i;
/** Names that hold a secret's name rather than its value. */
const HARMLESS_NAME = /^(secretName|clientTokenHash)$/;
const MASKED = "***";
const MAX_DEPTH = 8;

function maskError(error: Error, depth: number): Record<string, unknown> {
  return {
    name: error.name,
    message: error.message,
    ...("code" in error && { code: error.code }),
    ...("status" in error && { status: error.status }),
    stack: error.stack,
    ...(error.cause !== undefined && { cause: maskValue(error.cause, depth + 1) }),
  };
}

function maskValue(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return "…";
  if (value instanceof Error) return maskError(value, depth);
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1));
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, maskMember(key, member, depth + 1)]));
}

function maskMember(name: string, value: unknown, depth: number): unknown {
  const secret = SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);
  return secret && value !== undefined && value !== null ? MASKED : maskValue(value, depth);
}

/**
 * A copy of `value` fit for the log: members whose name tells of a secret (passwords, tokens, containers'
 * environment …) read `***`, errors become plain objects with their causes, depth is bounded.
 */
export function mask(name: string, value: unknown): unknown {
  return maskMember(name, value, 0);
}
