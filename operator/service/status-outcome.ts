import type { Identity } from "#lib/ecs/arns.ts";
import type { ECSServiceStatus } from "#model/generated/resources.generated.ts";
import type { NewEvent } from "./events.ts";
import type { Problem } from "./problem.ts";

/** What is to be written of a service. */
export interface StatusOutcome {
  readonly status: ECSServiceStatus;
  /** What the status tells for the first time, oldest first. */
  readonly events: readonly NewEvent[];
  /** When time alone will change the status: after so many milliseconds. */
  readonly againInMs?: number;
}

export interface StatusOptions {
  readonly identity: Identity;
  readonly now: Date;
  /** What keeps the operator from applying what is desired, where `desired` itself does not say it. */
  readonly problem?: Problem | undefined;
}
