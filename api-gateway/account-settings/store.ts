import type { KubeClient } from "#lib/kube/client.ts";
import { isAlreadyExists, isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, RESOURCE } from "#lib/kube/resources.ts";
import { FIELD_MANAGER } from "../field-manager.ts";

export const ACCOUNT_SETTINGS_CONFIG_MAP = "kecs-account-settings";

type Signal = { readonly signal: AbortSignal };

/** The account settings that were put, kept in Kubernetes: all gateways share them. */
export interface AccountSettings {
  /** By name; those that were not put, or were deleted, are not there. */
  list(options: Signal): Promise<ReadonlyMap<string, string>>;
  /** Keeps a value; undefined removes it. */
  put(name: string, value: string | undefined, options: Signal): Promise<void>;
}

/** @param namespace of KECS's own objects */
export function createAccountSettings(kube: KubeClient, namespace: string): AccountSettings {
  const ref = { namespace, name: ACCOUNT_SETTINGS_CONFIG_MAP };

  async function patch(name: string, value: string | undefined, { signal }: Signal): Promise<void> {
    const options = { fieldManager: FIELD_MANAGER, signal };
    await kube.mergePatch<ConfigMap>(RESOURCE.configmaps, ref, { data: { [name]: value ?? null } }, options);
  }

  return {
    async list({ signal }) {
      try {
        const { data = {} } = await kube.get<ConfigMap>(RESOURCE.configmaps, ref, { signal });
        return new Map(Object.entries(data));
      } catch (error) {
        if (isNotFound(error)) return new Map();
        throw error;
      }
    },
    async put(name, value, options) {
      try {
        return await patch(name, value, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      if (value === undefined) return;
      const made: ConfigMap = { metadata: ref, data: { [name]: value } };
      try {
        await kube.create(RESOURCE.configmaps, made, { fieldManager: FIELD_MANAGER, signal: options.signal });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        await patch(name, value, options);
      }
    },
  };
}
