/** One field that differs between two JSON values; a side that lacks it has no `from` or `to`. */
export interface Difference {
  /** For example `containers[name=app].lastStatus`. */
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** Members by which the items of a list are told from each other, first those that never change. */
const IDENTIFYING = ["containerArn", "id", "attachmentId", "name", "key", "type", "value"];

/** Field by field what changed between two JSON values, in the order of their members. */
export function differences(from: unknown, to: unknown): Difference[] {
  return compare("", from, to);
}

function compare(path: string, from: unknown, to: unknown): Difference[] {
  if (from === to) return [];
  if (Array.isArray(from) && Array.isArray(to)) return compareLists(path, from, to);
  if (isObject(from) && isObject(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => compare(path === "" ? name : `${path}.${name}`, from[name], to[name]));
  }
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

function compareLists(path: string, from: readonly unknown[], to: readonly unknown[]): Difference[] {
  const by = IDENTIFYING.find((member) => isKey(member, from) && isKey(member, to));
  const key = (item: unknown, index: number): string =>
    by === undefined ? String(index) : `${by}=${String((item as Record<string, unknown>)[by])}`;
  const before = new Map(from.map((item, index) => [key(item, index), item]));
  const after = new Map(to.map((item, index) => [key(item, index), item]));
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((each) => compare(`${path}[${each}]`, before.get(each), after.get(each)));
}

/** Whether every item has that member, as text, and no two the same. */
function isKey(member: string, items: readonly unknown[]): boolean {
  const values = items.map((item) => (isObject(item) ? item[member] : undefined));
  return values.every((value) => typeof value === "string") && new Set(values).size === items.length;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
