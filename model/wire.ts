import type { ShapeName, Shapes } from "./generated/types.generated.ts";
import { WIRE } from "./generated/wire.generated.ts";

/** Converts one timestamp; undefined leaves the member out. */
type Timestamp = (value: unknown) => unknown;

/**
 * A value of an ECS shape as resources keep it (timestamps RFC 3339) → the API's JSON (timestamps epoch seconds).
 * The result is a deep copy without members that the shape does not have, and without null or undefined ones.
 * A timestamp that cannot be read is left out.
 *
 * @param shape name in the ECS model, for example `Service`
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/Welcome.html
 */
export function toWire<S extends ShapeName>(shape: S, value: object): Shapes[S] {
  return convertStructure(shape, value, toEpochSeconds) as Shapes[S];
}

/** The reverse of {@link toWire}: epoch seconds → RFC 3339 with milliseconds. */
export function fromWire<S extends ShapeName>(shape: S, value: Shapes[S]): object {
  return convertStructure(shape, value, toRfc3339) as object;
}

function convertStructure(shape: string, value: unknown, timestamp: Timestamp): unknown {
  if (!isRecord(value)) return undefined;
  const members = WIRE[shape as ShapeName];
  const result: Record<string, unknown> = {};
  for (const member in members) {
    if (!Object.hasOwn(value, member)) continue;
    const converted = convert(members[member] ?? "", value[member], timestamp);
    if (converted !== undefined && converted !== null) result[member] = converted;
  }
  return result;
}

function convert(treatment: string, value: unknown, timestamp: Timestamp): unknown {
  if (treatment === "") return copy(value);
  if (treatment === "@") return timestamp(value);
  if (!treatment.startsWith("[]")) return convertStructure(treatment, value, timestamp);
  if (!Array.isArray(value)) return undefined;
  const item = treatment.slice(2);
  return value.map((entry) => convertStructure(item, entry, timestamp)).filter((entry) => entry !== undefined);
}

/** Deep copy of plain JSON; several times faster than structuredClone on the small lists and maps that these are. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copy(entry)]));
}

function toEpochSeconds(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

function toRfc3339(value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  const date = new Date(value * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
