/**
 * Whether `actual` has everything that `wanted` says, though it may say more: defaults that the API server filled in,
 * what other writers own. Items of lists are matched by their name where they have one, else by their place.
 */
export function covers(actual: unknown, wanted: unknown): boolean {
  if (wanted === undefined || Object.is(actual, wanted)) return true;
  if (actual === undefined) return isZero(wanted);
  if (Array.isArray(wanted)) return Array.isArray(actual) && listCovers(actual, wanted);
  if (!isRecord(wanted) || !isRecord(actual)) return false;
  return Object.entries(wanted).every(([member, value]) => covers(actual[member], value));
}

function listCovers(actual: readonly unknown[], wanted: readonly unknown[]): boolean {
  const named = new Map(actual.filter(isNamed).map((item) => [item.name, item]));
  return wanted.every((item, place) => covers(isNamed(item) ? named.get(item.name) : actual[place], item));
}

/** Kubernetes' own types leave zero values out when they are stored; they say nothing that their absence does not. */
function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return Object.values(value).every((member) => member === undefined || isZero(member));
  return value === "" || value === 0 || value === false;
}

/** An object that is neither a list nor null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNamed(value: unknown): value is { name: string } {
  return isRecord(value) && typeof value.name === "string";
}
