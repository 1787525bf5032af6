import { LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { controller } from "#lib/kube/controller.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ConfigMap, keyOf, parseKey, RESOURCE } from "#lib/kube/resources.ts";
import type { Controller, Deps } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { dnsRewrites } from "./rewrites.ts";

/** The key that is ours in a ConfigMap that others may write to as well. */
export const DNS_KEY = "kecs.override";
/** Services come and go in swarms. */
const SWARM_MS = 500;
/** The ConfigMap is not watched: rights to it are rights to that one only. */
const RECHECK_MS = 60_000;

/** Names of registries → the ConfigMap that the cluster's CoreDNS imports, where one is configured. */
export function dnsController(deps: Deps): Controller {
  const { log, metrics, informers, config } = deps;
  const ref = config.dnsConfigMap === undefined ? undefined : parseKey(config.dnsConfigMap);
  const queue = controller({
    name: "dns",
    concurrency: 1,
    waitFor: [informers.services, informers.discoveryNamespaces, informers.discoveryServices].map(
      ({ synced }) => synced,
    ),
    log,
    metrics,
    async reconcile({ namespace = "", name }, signal) {
      const wanted = dnsRewrites({
        namespaces: informers.discoveryNamespaces.list(),
        discoveryServices: informers.discoveryServices.list(),
        services: informers.services.list().filter(({ spec }) => spec.serviceRegistries?.length),
        clusterDomain: config.clusterDomain,
      });
      const known = await find(deps, { namespace, name }, signal);
      if (known?.data?.[DNS_KEY] !== wanted && (known !== undefined || wanted !== "")) {
        const object: ConfigMap = {
          metadata: { namespace, name, ...(known === undefined && { labels: { [LABELS.managedBy]: MANAGED_BY } }) },
          data: { [DNS_KEY]: wanted },
        };
        await deps.kube.apply(RESOURCE.configmaps, object, { fieldManager: FIELD_MANAGER, force: true, signal });
      }
      return { requeueAfterMs: RECHECK_MS };
    },
  });
  return {
    name: "dns",
    start(signal) {
      if (ref !== undefined) {
        queue.enqueue(ref);
        const wake = (): void => queue.enqueue(keyOf(ref), SWARM_MS);
        informers.discoveryNamespaces.onChange(wake);
        informers.discoveryServices.onChange(wake);
        informers.services.onChange(({ before, after }) => {
          if (before?.metadata.generation !== after?.metadata.generation) wake();
        });
      }
      queue.start(signal);
      return queue.stopped;
    },
  };
}

async function find(
  { kube }: Pick<Deps, "kube">,
  ref: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<ConfigMap | undefined> {
  try {
    return await kube.get<ConfigMap>(RESOURCE.configmaps, ref, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
