import type { ECSService, ECSTaskSet } from "#model/generated/resources.generated.ts";
import type { Problem } from "../service/problem.ts";
import type { ServiceState } from "../service/state.ts";

/** All that is known about one task set when it is reconciled: plain data. */
export interface TaskSetState {
  readonly taskSet: ECSTaskSet;
  /** The service that it is of, as the resource is. */
  readonly service: ECSService;
  /** The service as the task set's tasks see it: with the task set's Deployment, and its tasks alone. */
  readonly seen: ServiceState;
  /** Whether it is the service's PRIMARY one. */
  readonly primary: boolean;
}

/** A task set whose service cannot be told, or has no task sets. */
export interface Orphan {
  readonly taskSet: ECSTaskSet;
  readonly problem: Problem;
}
