import type { KubeClient } from "#lib/kube/client.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, RESOURCE } from "#lib/kube/resources.ts";
import { BEGINNING, type LogPosition } from "../position.ts";

/** In KECS's own namespace. */
export const POSITIONS_CONFIG_MAP = "kecs-log-router-positions";
const FIELD_MANAGER = "kecs-gateway";
/** A ConfigMap may have a mebibyte: with keys of this length it has some 15,000 positions. */
const KEY_LENGTH = 16;

/**
 * How far log routers have acknowledged the logs that they are sent, kept in Kubernetes: whichever gateway sends them
 * goes on there. Changes are written together, now and then; after a crash what came in between is sent again.
 */
export class Positions {
  readonly #kube: KubeClient;
  readonly #ref: { readonly namespace: string; readonly name: string };
  readonly #stored: Map<string, LogPosition>;
  /** Keys whose position is to be written; those without one are removed. */
  #changed = new Set<string>();

  private constructor(kube: KubeClient, namespace: string, stored: Map<string, LogPosition>) {
    this.#kube = kube;
    this.#ref = { namespace, name: POSITIONS_CONFIG_MAP };
    this.#stored = stored;
  }

  /**
   * Reads what is there, and makes the ConfigMap where it is not.
   * @param namespace of KECS's own objects
   * @throws KubeError
   */
  static async load(kube: KubeClient, namespace: string, signal: AbortSignal): Promise<Positions> {
    const ref = { namespace, name: POSITIONS_CONFIG_MAP };
    const read = kube.get<ConfigMap>(RESOURCE.configmaps, ref, { signal });
    const { data = {} } = await read.catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return kube.create<ConfigMap>(RESOURCE.configmaps, { metadata: ref }, { fieldManager: FIELD_MANAGER, signal });
    });
    const stored = Object.entries(data).flatMap(([key, text]): [string, LogPosition][] => {
      const position = parse(text);
      return position === undefined ? [] : [[key, position]];
    });
    return new Positions(kube, namespace, new Map(stored));
  }

  /** @param stream id of one run of a container */
  get(stream: string): LogPosition {
    return this.#stored.get(keyOf(stream)) ?? BEGINNING;
  }

  set(stream: string, position: LogPosition): void {
    this.#stored.set(keyOf(stream), position);
    this.#changed.add(keyOf(stream));
  }

  /** Forgets all others. */
  keep(streams: readonly string[]): void {
    const keys = new Set(streams.map(keyOf));
    for (const key of this.#stored.keys()) {
      if (keys.has(key)) continue;
      this.#stored.delete(key);
      this.#changed.add(key);
    }
  }

  /** Writes what has changed. @throws KubeError; then it is written with the next call */
  async write(): Promise<void> {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Set();
    const data = Object.fromEntries(
      [...changed].map((key) => {
        const position = this.#stored.get(key);
        return [key, position === undefined ? null : `${position.at} ${position.count}`];
      }),
    );
    try {
      await this.#kube.mergePatch(RESOURCE.configmaps, this.#ref, { data }, { fieldManager: FIELD_MANAGER });
    } catch (error) {
      for (const key of changed) this.#changed.add(key);
      throw error;
    }
  }
}

const keyOf = (stream: string): string => stream.slice(0, KEY_LENGTH);

function parse(text: string): LogPosition | undefined {
  const [, at, count] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) (\d+)$/.exec(text) ?? [];
  return at === undefined ? undefined : { at, count: Number(count) };
}
