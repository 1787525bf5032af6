import { shortHash } from "#lib/ecs/labels.ts";
import type { KubeClient } from "#lib/kube/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, RESOURCE } from "#lib/kube/resources.ts";

/** A log group that was made through the API, or given a retention. */
export interface LogGroupRecord {
  readonly logGroupName: string;
  /** Milliseconds since 1970. */
  readonly creationTime: number;
  readonly retentionInDays?: number;
}

/** The log groups that were made through the API, kept in Kubernetes: all gateways share them, and none loses them. */
export interface LogGroups {
  list(): Promise<LogGroupRecord[]>;
  /**
   * Changes the record of a group: `change` gets it as it stands and gives what it is to be, undefined for none.
   * May be called again when someone else has changed a record meanwhile.
   */
  update(name: string, change: (record: LogGroupRecord | undefined) => LogGroupRecord | undefined): Promise<void>;
}

export const LOG_GROUPS_CONFIG_MAP = "kecs-log-groups";
const ATTEMPTS = 10;
const FIELD_MANAGER = "kecs-gateway";

/** @param namespace of KECS's own objects */
export function createLogGroups(kube: KubeClient, namespace: string): LogGroups {
  const ref = { namespace, name: LOG_GROUPS_CONFIG_MAP };

  async function read(): Promise<ConfigMap | undefined> {
    try {
      return await kube.get<ConfigMap>(RESOURCE.configmaps, ref);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function write(existing: ConfigMap | undefined, key: string, record: LogGroupRecord | undefined) {
    const data = { [key]: record === undefined ? null : JSON.stringify(record) };
    const metadata = { resourceVersion: existing?.metadata?.resourceVersion };
    const options = { fieldManager: FIELD_MANAGER };
    if (existing !== undefined) await kube.mergePatch(RESOURCE.configmaps, ref, { metadata, data }, options);
    else if (record !== undefined) {
      const made: ConfigMap = { metadata: ref, data: { [key]: JSON.stringify(record) } };
      await kube.create(RESOURCE.configmaps, made, options);
    }
  }

  return {
    list: async () => Object.values((await read())?.data ?? {}).flatMap(parse),
    async update(name, change) {
      const key = shortHash(name, 32);
      for (let attempt = 1; ; attempt++) {
        const existing = await read();
        const record = change(parse(existing?.data?.[key])[0]);
        try {
          return await write(existing, key, record);
        } catch (error) {
          if (!(isConflict(error) || isAlreadyExists(error)) || attempt >= ATTEMPTS) throw error;
        }
      }
    },
  };
}

function parse(text: string | undefined): LogGroupRecord[] {
  try {
    const { logGroupName, creationTime, retentionInDays } = JSON.parse(text ?? "{}") as Partial<LogGroupRecord>;
    if (typeof logGroupName !== "string" || typeof creationTime !== "number") return [];
    return [{ logGroupName, creationTime, ...(typeof retentionInDays === "number" && { retentionInDays }) }];
  } catch {
    return []; // someone else wrote there
  }
}
