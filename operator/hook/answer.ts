/** What the target of a lifecycle hook has answered. */
export interface HookAnswer {
  readonly hookStatus: "SUCCEEDED" | "FAILED" | "IN_PROGRESS";
  /** Seconds until it is to be called again, where it is in progress. */
  readonly callBackDelay?: number;
  /** What it is to be given with the next call. */
  readonly hookDetails?: Readonly<Record<string, unknown>>;
  /** Why it has failed, for people; without the target's URL, which may hold a secret. */
  readonly reason?: string;
}

const STATUSES = ["SUCCEEDED", "FAILED", "IN_PROGRESS"] as const;
/** Room for what one call tells the next, as JSON: the service's status keeps it. */
const DETAILS_MAX = 4096;

/**
 * A hook's answer from the JSON text that its target sent; what is none makes the hook fail, as on ECS.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html
 */
export function parseAnswer(text: string): HookAnswer {
  const body = parsed(text);
  const hookStatus = STATUSES.find((each) => each === body?.["hookStatus"]);
  if (body === undefined || hookStatus === undefined) {
    return { hookStatus: "FAILED", reason: "its answer has no valid hookStatus" };
  }
  if (hookStatus === "FAILED") return { hookStatus, reason: "it answered FAILED" };
  if (hookStatus === "SUCCEEDED") return { hookStatus };
  const { callBackDelay, hookDetails } = body;
  if (!isRecord(hookDetails)) return { hookStatus, ...delayOf(callBackDelay) };
  if (JSON.stringify(hookDetails).length > DETAILS_MAX) {
    return { hookStatus: "FAILED", reason: `its hookDetails are longer than ${DETAILS_MAX} characters` };
  }
  return { hookStatus, ...delayOf(callBackDelay), hookDetails };
}

function delayOf(value: unknown): Pick<HookAnswer, "callBackDelay"> {
  const seconds = typeof value === "string" ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? { callBackDelay: seconds } : {};
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
