import type { Change } from "#lib/kube/informer.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import type { ECSSchedule } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { arnIndex } from "./names.ts";

/** Wakes schedules when they change; at their moments they wake themselves. */
export function wakeSchedules({ informers }: Pick<Deps, "informers">, enqueue: (key: string) => void): void {
  const { schedules } = informers;
  schedules.onChange((change) => {
    if (isWorthALook(change)) enqueue(change.key);
    if (change.before && change.after) return;
    const schedule = change.after ?? change.before;
    if (schedule === undefined) return;
    for (const namesake of schedules.byIndex(INDEX.scheduleArn, arnIndex(schedule))) enqueue(keyOf(refOf(namesake)));
  });
}

/** The spec, and of the status what says how far it has come: there may be more to see to. */
function isWorthALook({ before, after }: Change<ECSSchedule>): boolean {
  if (before === undefined || after === undefined) return true;
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.status?.timing !== after.status?.timing ||
    before.status?.lastScheduleTime !== after.status?.lastScheduleTime
  );
}
