/**
 * JSON values that many answers have in common: immutable, and turned into text once.
 * @see {@link toJson}
 */
interface Shared {
  text: string | undefined;
  withoutTags: object | undefined;
}

const shared = new WeakMap<object, Shared>();

/**
 * Freezes a JSON value and remembers its text, so that {@link toJson} need not make it again.
 * @param text what `JSON.stringify` makes of it, where that is known already
 */
export function share<T extends object>(value: T, text?: string): T {
  if (!shared.has(value)) shared.set(deepFreeze(value), { text, withoutTags: undefined });
  return value;
}

/** The value without its member `tags`; of a shared value the answer is shared, too. */
export function withoutTags<T extends { readonly tags?: unknown }>(value: T): Omit<T, "tags"> {
  if (!("tags" in value)) return value;
  const { tags: _, ...rest } = value;
  const known = shared.get(value);
  if (known === undefined) return rest;
  known.withoutTags ??= share(rest);
  return known.withoutTags as Omit<T, "tags">;
}

/** `JSON.stringify` of an answer; members that are shared values, or lists of such, come from their known text. */
export function toJson(answer: object): string {
  const members: string[] = [];
  for (const [name, value] of Object.entries(answer) as [string, unknown][]) {
    const text = Array.isArray(value) ? listText(value) : textOf(value);
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${members.join(",")}}`;
}

/** Only structures are shared: a list of text has nothing to look up. */
function listText(list: readonly unknown[]): string {
  if (typeof list[0] === "string") return JSON.stringify(list);
  return `[${list.map((item) => textOf(item) ?? "null").join(",")}]`;
}

/** `JSON.stringify` of a value, made once where it is shared. */
export function textOf(value: unknown): string | undefined {
  const known = typeof value === "object" && value !== null ? shared.get(value) : undefined;
  if (known === undefined) return JSON.stringify(value);
  known.text ??= JSON.stringify(value);
  return known.text;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value) as unknown[]) {
    if (typeof member === "object" && member !== null && !Object.isFrozen(member)) deepFreeze(member);
  }
  return Object.freeze(value);
}
