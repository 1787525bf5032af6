import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CallOptions, KubeClient } from "./client.ts";
import { covers, isRecord } from "./covers.ts";
import { isNotFound } from "./errors.ts";
import { controllerOf } from "./owners.ts";
import { keyOf, refOf, type KubeObject, type ResourceType } from "./resources.ts";

/** Hash of what was last applied: tells that a field is no longer wanted, which the object itself cannot tell. */
export const APPLIED_HASH = "kecs.io/applied-hash";

/** An object of the wanted name exists and belongs to someone else; it is left alone. */
export class NotOwnedError extends Error {
  readonly resource: ResourceType;
  readonly key: string;

  constructor(resource: ResourceType, existing: KubeObject) {
    const owner = controllerOf(existing);
    const whose = owner ? `belongs to ${owner.kind} ${owner.name}` : "exists already and was not made by its owner";
    const key = keyOf(refOf(existing));
    super(`${resource.kind} ${key} ${whose}; it is left as it is. Delete or rename one of the two.`);
    this.name = "NotOwnedError";
    this.resource = resource;
    this.key = key;
  }
}

export interface ApplyChildOptions<T> extends CallOptions {
  /** Whose fields these are; one constant per controller. */
  fieldManager: string;
  /** The object as a cache has it; left out or undefined: the API server is asked first. */
  existing?: T | undefined;
}

export interface Applied<T> {
  object: T;
  /** Whether something was written. */
  changed: boolean;
}

/**
 * Makes a child as desired, or brings an existing one to it, by server-side apply; writes nothing when the child was
 * last applied with the same content and still has it. `desired` holds only the fields that are ours, quantities in
 * canonical form (`500m`, not `0.5`: else it is written each time, though without effect).
 * @throws NotOwnedError when the existing object is controlled by another than desired's controller.
 * @throws KubeError `Conflict` when the object was replaced since it was read.
 */
export async function applyChild<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  desired: T,
  options: ApplyChildOptions<T>,
): Promise<Applied<T>> {
  const { fieldManager, signal, timeoutMs } = options;
  const existing = options.existing ?? (await find<T>(client, resource, desired, options));
  if (existing !== undefined && controllerOf(existing)?.uid !== controllerOf(desired)?.uid) {
    throw new NotOwnedError(resource, existing);
  }
  const hash = contentHash(desired);
  if (existing !== undefined && isApplied(existing, desired, hash)) return { object: existing, changed: false };
  const metadata = {
    ...desired.metadata,
    annotations: { ...desired.metadata?.annotations, [APPLIED_HASH]: hash },
    // With a uid this can only change that object, never make one anew after it was deleted.
    ...(existing?.metadata?.uid === undefined ? {} : { uid: existing.metadata.uid }),
  };
  const write = { fieldManager, force: true, signal, timeoutMs };
  const object = await client.apply<T>(resource, { ...desired, metadata }, write);
  return { object, changed: object.metadata?.resourceVersion !== existing?.metadata?.resourceVersion };
}

/** Whether the child was last applied with this content, and nobody has changed it since. */
export function isApplied(existing: KubeObject, desired: KubeObject, hash = contentHash(desired)): boolean {
  return existing.metadata?.annotations?.[APPLIED_HASH] === hash && covers(existing, typeless(desired));
}

export interface ApplyStatusOptions extends CallOptions {
  fieldManager: string;
}

/**
 * Sets the status to exactly `status`, unless the object has it already. Holds only while the object is at the version
 * given, for a status takes up what the one before said (times, events): one computed from an old copy, or for a
 * deleted object of the same name, must not win. Hence a merge patch: server-side apply to the status of a custom
 * resource ignores `metadata.resourceVersion` and `metadata.uid`. An object that is gone is left alone.
 * @returns the object as it was written; undefined where nothing was.
 * @throws KubeError `Conflict` when the object has changed meanwhile: read it again.
 */
export async function applyStatus<T extends KubeObject & { status?: unknown }>(
  client: KubeClient,
  resource: ResourceType,
  object: T,
  status: NonNullable<T["status"]>,
  options: ApplyStatusOptions,
): Promise<T | undefined> {
  const wanted: unknown = JSON.parse(JSON.stringify(status)); // members that are undefined are not there
  if (isDeepStrictEqual(object.status, wanted)) return undefined;
  const { resourceVersion } = object.metadata ?? {};
  const patch = { metadata: { resourceVersion }, status: mergePatchOf(object.status, wanted) };
  try {
    return await client.mergePatch<T>(resource, refOf(object), patch, { ...options, subresource: "status" });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The RFC 7386 patch that turns `from` into `to`: null for members that go, lists as a whole. */
export function mergePatchOf(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const member of Object.keys(from)) if (!(member in to)) patch[member] = null;
  for (const [member, value] of Object.entries(to)) {
    if (!isDeepStrictEqual(from[member], value)) patch[member] = mergePatchOf(from[member], value);
  }
  return patch;
}

/** SHA-256 of an object's content, the same for any order of its members. */
export function contentHash(object: unknown): string {
  return createHash("sha256").update(canonical(object)).digest("hex").slice(0, 32);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}

/** Without `apiVersion` and `kind`, which caches may lack. */
function typeless(object: KubeObject): object {
  const { apiVersion: _apiVersion, kind: _kind, ...rest } = object;
  return rest;
}

async function find<T extends KubeObject>(
  client: KubeClient,
  resource: ResourceType,
  desired: T,
  options: CallOptions,
): Promise<T | undefined> {
  try {
    return await client.get<T>(resource, refOf(desired), options);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
