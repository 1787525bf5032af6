import type { DescribedScalableTarget } from "#lib/ecs/describe/scalable-target.ts";
import type { RuleWithTargets } from "#lib/ecs/describe/schedule.ts";
import type { GetScheduleOutput } from "#model/generated/scheduler/types.generated.ts";
import { type Found, foundOf, type Page } from "./found.ts";
import type { Reader } from "./repository.ts";

export interface ScalableTargetFilter {
  readonly resourceIds?: readonly string[];
  readonly arn?: string;
}

export interface ScheduleFilter {
  readonly prefix?: string;
  readonly state?: string;
}

/** What the gateway asks about schedules, and about the services that are scaled. */
export interface ScheduleQueries {
  /** A schedule that the API of EventBridge Scheduler shows. */
  schedule(name: string): Promise<Found<GetScheduleOutput> | undefined>;
  /** By name. */
  schedules(filter: ScheduleFilter, page: Page): Promise<GetScheduleOutput[]>;
  /** A schedule that the API of EventBridge shows as a rule. */
  rule(name: string): Promise<Found<RuleWithTargets> | undefined>;
  /** By name. */
  rules(filter: ScheduleFilter, page: Page): Promise<RuleWithTargets[]>;

  /** By resource id, `service/<cluster>/<service>`; of two for one service the older. */
  scalableTargets(filter: ScalableTargetFilter): Promise<Found<DescribedScalableTarget>[]>;
}

export function scheduleQueries(store: Reader): ScheduleQueries {
  const named = async <T>(type: string, name: string): Promise<Found<T> | undefined> =>
    (await store.read("schedule_by_name", { type, name })).map(foundOf<T>)[0];
  const list = async <T>(type: string, { prefix, state }: ScheduleFilter, { after, limit }: Page): Promise<T[]> =>
    (await store.read("list_schedules", { type, prefix, state, after, limit })).map(
      (row) => JSON.parse(String(row["doc"])) as T,
    );
  return {
    schedule: (name: string) => named<GetScheduleOutput>("SCHEDULE", name),
    schedules: (filter: ScheduleFilter, page: Page) => list<GetScheduleOutput>("SCHEDULE", filter, page),
    rule: (name: string) => named<RuleWithTargets>("RULE", name),
    scalableTargets: async ({ resourceIds, arn }: ScalableTargetFilter) =>
      (await store.read("scalable_targets", { resource_ids: resourceIds, arn })).map(foundOf<DescribedScalableTarget>),
    rules: (filter: ScheduleFilter, page: Page) => list<RuleWithTargets>("RULE", filter, page),
  };
}
