import { setTimeout as sleep } from "node:timers/promises";
import { GROUP, LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import type { KubeObject, ResourceType } from "#lib/kube/resources.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { KUBERNETES_KINDS } from "#projector/kubernetes-kinds.ts";
import { PROJECTED_KINDS } from "#projector/tables.ts";

/** A change as the API server told it. */
export interface Told {
  readonly uid: string;
  readonly version: string;
  readonly change: string;
  /** Of an Event: what it is about, with `ECS` for an ECS resource. */
  readonly about?: { readonly kind: string; readonly uid: string };
}

/** Every kind whose changes are kept. */
export const KINDS: Readonly<Record<string, ResourceType>> = {
  ...Object.fromEntries(PROJECTED_KINDS.map((kind) => [kind, RESOURCES[kind]])),
  ...KUBERNETES_KINDS,
};

const UNLABELLED: ReadonlySet<string> = new Set([...PROJECTED_KINDS, "Event"]);
const selectionOf = (kind: string) =>
  UNLABELLED.has(kind) ? {} : { labelSelector: `${LABELS.managedBy}=${MANAGED_BY}` };

interface RawEvent {
  readonly type: string;
  readonly object: KubeObject & { involvedObject?: { kind?: string; uid?: string; apiVersion?: string } };
}

/**
 * What the API server tells of every kind, by watches that have nothing in common with the projector's but the
 * connection: never ended, never resumed from anywhere but the last line that was read.
 */
export class WatchRecord {
  readonly told = new Map<string, Told[]>();
  /** Where each kind's watch began. */
  readonly began = new Map<string, string>();
  readonly #client: KubeClient;
  readonly #ending = new AbortController();
  readonly #watches: Promise<void>[] = [];

  constructor(client: KubeClient) {
    this.#client = client;
  }

  async start(): Promise<void> {
    for (const [kind, resource] of Object.entries(KINDS)) {
      const { metadata } = await this.#client.list(resource, { limit: 1, ...selectionOf(kind) });
      this.told.set(kind, []);
      this.began.set(kind, metadata.resourceVersion);
      this.#watches.push(this.#watch(kind, resource, metadata.resourceVersion));
    }
  }

  /** @throws what ended a watch that could not go on: then the record is not whole */
  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#watches);
  }

  async #watch(kind: string, resource: ResourceType, from: string): Promise<void> {
    const { signal } = this.#ending;
    let resourceVersion = from;
    while (!signal.aborted) {
      try {
        const options = { ...selectionOf(kind), resourceVersion, timeoutSeconds: 3600, signal };
        let rest = "";
        for await (const chunk of (await this.#client.watch(resource, options)).setEncoding("utf8")) {
          const lines = (rest + String(chunk)).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) resourceVersion = this.#note(kind, JSON.parse(line) as RawEvent);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Lost) throw error;
        await sleep(200);
      }
    }
  }

  #note(kind: string, { type, object }: RawEvent): string {
    const { uid = "", resourceVersion: version } = object.metadata ?? {};
    if (type === "ERROR" || version === undefined) throw new Lost(`${kind}: ${JSON.stringify(object)}`);
    if (type !== "BOOKMARK") {
      const { involvedObject } = object;
      const ecs = involvedObject?.apiVersion?.startsWith(`${GROUP}/`) === true;
      const about = { kind: ecs ? "ECS" : (involvedObject?.kind ?? ""), uid: involvedObject?.uid ?? "" };
      this.told.get(kind)?.push({ uid, version, change: type, ...(kind === "Event" && { about }) });
    }
    return version;
  }
}

/** The API server could not go on where a watch was. */
class Lost extends Error {}
