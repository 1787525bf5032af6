import type { KubeClient } from "#lib/kube/client.ts";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import { isAlreadyExists, isNotFound } from "#lib/kube/errors.ts";
import { RESOURCE } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";

const RETRY = { baseMs: 500, maxMs: 10_000 };

export interface WaitOptions {
  /** Namespace of KECS's own objects; made where it does not exist. */
  readonly namespace: string;
  readonly log: Logger;
  /** Is told what is missing, and undefined when nothing is any more. */
  readonly waitingFor: (what: string | undefined) => void;
}

/**
 * Waits until the API server answers and serves every kind of ours, and says in the log what it waits for: an
 * operator that starts before its cluster or its CRDs must not crash in a loop.
 */
export async function waitForKubernetes(kube: KubeClient, options: WaitOptions, signal: AbortSignal): Promise<void> {
  const { namespace, log, waitingFor } = options;
  for (let failures = 0; !signal.aborted; failures += 1) {
    const missing = (await missingKinds(kube, signal)) ?? (await missingNamespace(kube, namespace, signal));
    waitingFor(missing);
    if (missing === undefined || signal.aborted) return;
    const retryInMs = Math.round(backoffMs(failures, RETRY));
    log.warn("Kubernetes is not ready for the operator yet", { missing, server: kube.server, retryInMs });
    await pause(retryInMs, signal);
  }
}

async function missingKinds(kube: KubeClient, signal: AbortSignal): Promise<string | undefined> {
  const absent: string[] = [];
  for (const resource of [...Object.values(RESOURCES), ...Object.values(DISCOVERY_RESOURCES)]) {
    try {
      // Not with resourceVersion "0": then the API server ignores the limit and sends all that there are.
      await kube.list(resource, { limit: 1, signal });
    } catch (error) {
      if (!isNotFound(error)) return messageOf(error);
      absent.push(`${resource.plural}.${resource.group}`);
    }
  }
  return absent.length === 0
    ? undefined
    : `CustomResourceDefinitions ${absent.join(", ")} (kubectl apply -f crds/, or install the chart)`;
}

async function missingNamespace(kube: KubeClient, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await kube.get(RESOURCE.namespaces, { name }, { signal });
  } catch (error) {
    if (!isNotFound(error)) return messageOf(error);
    try {
      await kube.create(RESOURCE.namespaces, { metadata: { name } }, { signal });
    } catch (raced) {
      if (!isAlreadyExists(raced)) return messageOf(raced);
    }
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
