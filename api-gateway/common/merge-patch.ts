type Json = Record<string, unknown>;

/**
 * The JSON merge patch (RFC 7396) that turns `current` into `wanted`, with nothing in it that stays as it is, so that
 * another writer's change to another member survives. Members that are gone become null; lists are replaced whole.
 */
export function mergePatchTo(current: object, wanted: object): Json {
  const patch: Json = {};
  const before = current as Json;
  const after = wanted as Json;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [from, to] = [before[key], after[key]];
    if (to === undefined) {
      if (from !== undefined) patch[key] = null;
    } else if (isObject(from) && isObject(to)) {
      const inner = mergePatchTo(from, to);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (JSON.stringify(from) !== JSON.stringify(to)) {
      patch[key] = to;
    }
  }
  return patch;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
