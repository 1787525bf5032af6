import type { KubeClient } from "#lib/kube/client.ts";
import { backoffMs, pause } from "#lib/kube/clock.ts";
import { isInvalid, KubeError } from "#lib/kube/errors.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { Logger } from "#lib/log.ts";

/** What this Kubernetes can do that not every one can. */
export interface Features {
  /**
   * Single containers of a Pod may have another restart policy than the Pod: Kubernetes 1.35, or 1.34 with the feature
   * gate ContainerRestartRules.
   * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#individual-container-restart-policy-and-rules
   */
  readonly containerRestartRules: boolean;
}

/** Such a Pod is refused by API servers that do not know the field there, and loses it where the gate is off. */
const PROBE: Pod = {
  metadata: { generateName: "kecs-feature-probe-" },
  spec: {
    restartPolicy: "Always",
    automountServiceAccountToken: false,
    // As strict as any namespace may want it.
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "probe",
        image: "none.invalid/none:1",
        restartPolicy: "Never",
        resources: { requests: { cpu: "1m", memory: "4Mi" }, limits: { cpu: "1m", memory: "4Mi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
};

const RETRY = { baseMs: 200, maxMs: 2000 };
const TRIES = 5;
/** An upgraded API server is noticed without a restart of the operator. */
const AGAIN_MS = 10 * 60_000;

interface Options {
  /** Where the Pod would be. */
  readonly namespace: string;
  readonly log: Logger;
}

/**
 * Finds out what Kubernetes can do, by a Pod that is checked and not stored: neither the version nor the API's
 * description tells of feature gates. Asks anew every ten minutes until `signal` aborts; the answer's members move.
 */
export async function watchFeatures(kube: KubeClient, options: Options, signal: AbortSignal): Promise<Features> {
  const features = { containerRestartRules: await ask(kube, options, signal) };
  options.log.info("features of Kubernetes", features);
  const again = async (): Promise<void> => {
    for (;;) {
      await pause(AGAIN_MS, signal);
      if (signal.aborted) return;
      const containerRestartRules = await ask(kube, options, signal);
      if (containerRestartRules === features.containerRestartRules) continue;
      features.containerRestartRules = containerRestartRules;
      options.log.info("features of Kubernetes have changed", features);
    }
  };
  void again();
  return features;
}

/** Whether the API server keeps the field; false where it does not say within a few tries. */
async function ask(kube: KubeClient, { namespace, log }: Options, signal: AbortSignal): Promise<boolean> {
  for (let failures = 0; ; failures += 1) {
    try {
      const probe = { ...PROBE, metadata: { ...PROBE.metadata, namespace } };
      const pod = await kube.create<Pod>(RESOURCE.pods, probe, { dryRun: true, signal });
      return pod.spec?.containers[0]?.restartPolicy === "Never";
    } catch (error) {
      if (signal.aborted || isInvalid(error)) return false;
      const retryable = error instanceof KubeError && error.retryable && failures + 1 < TRIES;
      if (!retryable) {
        const message = error instanceof Error ? error.message : String(error);
        log.warn("Kubernetes does not say whether containers can have a restart policy of their own", {
          error: message,
        });
        return false;
      }
      await pause(backoffMs(failures, RETRY), signal);
    }
  }
}
