import { setTimeout as sleep } from "node:timers/promises";
import type { Pod } from "#lib/kube/resources.ts";
import type { ECSTask, ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { type Caches, definitionOf, podByUid, taskOfPod } from "./caches.ts";
import { AgentError } from "./errors.ts";

/** Who asks: a container of a task, with all that is known of that. */
export interface Caller {
  readonly pod: Pod;
  readonly task: ECSTask;
  readonly definition: ECSTaskDefinition;
}

/** A container may ask before Kubernetes has told its Pod's address, or the operator has written its task down. */
const PATIENCE_MS = 5_000;
const POLL_MS = 50;

/**
 * The task of the Pod with that uid, if it is that Pod that asks: tasks learn nothing of each other. Pods on the
 * node's network share its address; to those only the uid, which nobody else is told, makes the difference.
 * @throws AgentError 403 to another address, 404 for what is no task or is not known in time.
 */
export async function callerOf(
  caches: Caches,
  uid: string,
  address: string | undefined,
  signal: AbortSignal,
): Promise<Caller> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const pod = podByUid(caches, uid);
    const addresses = pod === undefined ? [] : addressesOf(pod);
    if (addresses.length > 0 && !addresses.includes(plainAddress(address))) {
      throw new AgentError(403, "This is another task's address.");
    }
    const caller = pod && addresses.length > 0 ? described(caches, pod) : undefined;
    if (caller) return caller;
    if (performance.now() > deadline) throw new AgentError(404, "There is no such task.");
    await sleep(POLL_MS, undefined, { signal });
  }
}

function described(caches: Caches, pod: Pod): Caller | undefined {
  const task = taskOfPod(caches, pod);
  const arn = task?.status?.taskDefinitionArn;
  const definition = arn === undefined ? undefined : definitionOf(caches, arn);
  return task && definition && task.status?.containers !== undefined ? { pod, task, definition } : undefined;
}

function addressesOf({ status }: Pod): string[] {
  const addresses = status?.podIPs?.map(({ ip }) => ip) ?? [];
  return [...new Set([...addresses, status?.podIP ?? ""])].filter((address) => address !== "");
}

/** IPv4 as IPv4, also where the socket is an IPv6 one. */
function plainAddress(address = ""): string {
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
