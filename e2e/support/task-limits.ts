import { createKubeClient } from "#lib/kube/client.ts";
import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import { watchStream } from "#lib/kube/watch-stream.ts";
import { environment } from "./environment.ts";

/**
 * Kubernetes takes a Pod from one ReplicaSet and gives another its place in the same moment, each by a controller of its
 * own: for this long, in milliseconds, both may be there.
 */
const MOMENT_MS = 2_000;

/** What a service has been asked for. */
export interface Wish {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
}

/**
 * Watches the Pods of one namespace, and holds after each of their changes that there are no fewer ready ones and no
 * more at all, but for a moment, than ECS allows: `minimumHealthyPercent` rounded up, `maximumPercent` rounded down.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export interface TaskLimits {
  /** From now on this may be in force as well as what was asked for since the service was last settled. */
  ask(wish: Wish): void;
  /** From now on only the last wish is in force, and no task has failed. */
  settled(): void;
  /** The Pods that run and are ready, by uid. */
  ready(): readonly string[];
  /** What was not held, in words. */
  readonly broken: readonly string[];
  dispose(): Promise<void>;
}

/** @param namespace with the Pods of one service at a time */
export function taskLimits(namespace: string): TaskLimits {
  const kube = createKubeClient({ kubeconfig: environment.kubeconfig, context: undefined });
  const end = new AbortController();
  const pods = new Map<string, Pod>();
  const broken: string[] = [];
  const nothing: Wish = { desiredCount: 0, minimumHealthyPercent: 100, maximumPercent: 200 };
  let wishes: Wish[] = [nothing];
  /** Tasks that failed after they had been ready: nothing can keep those. */
  let lost = 0;
  let tooManySince: number | undefined;

  const liveCount = (): number => [...pods.values()].filter(isLive).length;
  const ready = (): string[] => [...pods].filter(([, pod]) => isLive(pod) && isReady(pod)).map(([uid]) => uid);
  function check(): void {
    const [all, most] = [liveCount(), Math.max(...wishes.map(mostOf))];
    if (all <= most) tooManySince = undefined;
    else tooManySince ??= performance.now();
    const least = Math.min(...wishes.map(leastOf)) - lost;
    const running = ready().length;
    if (tooManySince !== undefined && performance.now() - tooManySince > MOMENT_MS) {
      broken.push(`${all} tasks where ${most} are allowed: ${describe()}`);
    }
    if (running < least) broken.push(`${running} healthy tasks where ${least} must be: ${describe()}`);
  }
  const describe = (): string => JSON.stringify({ wishes, lost, pods: [...pods.values()].map(brief) });

  function see(pod: Pod, deleted: boolean): void {
    const { uid = "" } = pod.metadata ?? {};
    const before = pods.get(uid);
    if (before !== undefined && isReady(before) && isLive(pod) && !isReady(pod)) lost += 1;
    if (deleted) pods.delete(uid);
    else pods.set(uid, pod);
  }
  async function watch(): Promise<void> {
    for await (const item of watchStream<Pod>(kube, RESOURCE.pods, { namespace, signal: end.signal })) {
      if (item.type === "LIST") for (const pod of item.items) see(pod, false);
      else if ("object" in item) see(item.object, item.type === "DELETED");
      check();
    }
  }
  const watching = watch();
  const looking = setInterval(check, MOMENT_MS / 4); // too many for long are so without a change, too

  return {
    ask: (wish) => void wishes.push(wish),
    settled() {
      wishes = wishes.slice(-1);
      lost = 0;
    },
    ready,
    broken,
    async dispose() {
      clearInterval(looking);
      end.abort();
      await watching;
      kube.close();
    },
  };
}

/** Where the two percentages leave no room at all, one task at a time is stopped first. */
function leastOf(wish: Wish): number {
  const least = Math.ceil((wish.desiredCount * wish.minimumHealthyPercent) / 100);
  return least >= mostOf(wish) ? wish.desiredCount - 1 : least;
}

function mostOf({ desiredCount, maximumPercent }: Wish): number {
  return Math.floor((desiredCount * maximumPercent) / 100);
}

/** Kubernetes and ECS alike count no task any more that has been told to stop. */
const isLive = ({ metadata, status }: Pod): boolean =>
  metadata?.deletionTimestamp === undefined && status?.phase !== "Failed" && status?.phase !== "Succeeded";

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: holds }) => type === "Ready" && holds === "True") === true;

const brief = (pod: Pod): string =>
  `${pod.metadata?.name} ${pod.status?.phase}${isReady(pod) ? " ready" : ""}${isLive(pod) ? "" : " leaves"}`;
