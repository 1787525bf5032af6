/**
 * Conditions in the kstatus manner: an object is ready, or on its way there, or stuck until someone changes something.
 * @see https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  /** CamelCase, for machines. */
  reason: string;
  /** A sentence, for people. */
  message: string;
  /** RFC 3339; when `status` last changed. */
  lastTransitionTime: string;
  /** The `metadata.generation` that this was found for. */
  observedGeneration?: number;
}

export interface Finding {
  reason: string;
  message: string;
}

/** Which one of the three an object is in. */
export type Progress = { ready: Finding } | { reconciling: Finding } | { stalled: Finding };

/** The API server's limit for a condition's message. */
const MESSAGE_MAX = 32_768;

/**
 * The three conditions `Ready`, `Reconciling` and `Stalled` that say `progress`, after those of other types in
 * `previous`. A condition's `lastTransitionTime` moves only when its status does, so that equal findings give equal
 * conditions.
 * @param generation the object's `metadata.generation`; undefined for kinds without one.
 */
export function setConditions(
  previous: readonly Condition[] | undefined,
  progress: Progress,
  generation: number | undefined,
  now: Date,
): Condition[] {
  const finding = findingOf(progress);
  const ready = "ready" in progress;
  const wanted: [string, boolean][] = [
    ["Ready", ready],
    ["Reconciling", "reconciling" in progress],
    ["Stalled", "stalled" in progress],
  ];
  const others = (previous ?? []).filter((condition) => !wanted.some(([type]) => type === condition.type));
  const ours = wanted.map(([type, isTrue]) =>
    setCondition(
      previous?.find((condition) => condition.type === type),
      {
        type,
        status: isTrue ? "True" : "False",
        reason: finding.reason,
        // Of those that do not hold, Ready alone says why not.
        message: isTrue || type === "Ready" ? finding.message : "",
      },
      generation,
      now,
    ),
  );
  return [...others, ...ours];
}

/** One condition, with the time of its last change of status taken over from what it was before. */
export function setCondition(
  before: Condition | undefined,
  wanted: Pick<Condition, "type" | "status" | "reason" | "message">,
  generation: number | undefined,
  now: Date,
): Condition {
  return {
    ...wanted,
    message: wanted.message.slice(0, MESSAGE_MAX),
    lastTransitionTime: before?.status === wanted.status ? before.lastTransitionTime : seconds(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

/** Whether the condition of that type holds. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
}

function findingOf(progress: Progress): Finding {
  if ("ready" in progress) return progress.ready;
  return "reconciling" in progress ? progress.reconciling : progress.stalled;
}

/** Kubernetes keeps times of conditions to the second. */
function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, "Z");
}
