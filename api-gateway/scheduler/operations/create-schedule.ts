import { scheduleArn } from "#lib/ecs/describe/schedule.ts";
import { ANNOTATIONS } from "#lib/ecs/labels.ts";
import { EcsError } from "#lib/errors.ts";
import { isAlreadyExists } from "#lib/kube/errors.ts";
import { type ECSSchedule, RESOURCES } from "#model/generated/resources.generated.ts";
import { checkSchedule, createSchedule as create, newSchedule } from "../../schedules/schedule-resource.ts";
import type { Call, Deps } from "../../operation.ts";
import type { SchedulerHandler } from "../operation.ts";
import { checkGroup, scheduleSpec } from "../schedule.ts";

/**
 * Creates a schedule; a call repeated with its client token answers with the one that is there.
 * @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 */
export const createSchedule: SchedulerHandler<"CreateSchedule"> = async (input, deps, call) => {
  checkGroup(input.GroupName);
  const spec = scheduleSpec(input);
  checkSchedule(spec);
  const there = await existing(input.Name, deps, call);
  if (there !== undefined) return { ScheduleArn: scheduleArn(repeated(there, input.ClientToken), deps.identity) };
  const schedule = newSchedule(spec, deps, call, input.ClientToken);
  try {
    return { ScheduleArn: scheduleArn(await create(schedule, deps, call), deps.identity) };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { name = "", namespace } = schedule.metadata;
    const other = await deps.kube.get<ECSSchedule>(RESOURCES.ECSSchedule, { name, namespace }, { signal: call.signal });
    return { ScheduleArn: scheduleArn(repeated(other, input.ClientToken), deps.identity) };
  }
};

async function existing(name: string, { queries, kube }: Deps, { signal }: Call): Promise<ECSSchedule | undefined> {
  const found = await queries.schedule(name);
  return found && kube.get<ECSSchedule>(RESOURCES.ECSSchedule, found.ref, { signal });
}

/** @throws EcsError `ConflictException` unless the same call made it */
function repeated(there: ECSSchedule, clientToken: string | undefined): ECSSchedule {
  if (clientToken !== undefined && there.metadata.annotations?.[ANNOTATIONS.clientToken] === clientToken) return there;
  const name = there.spec.name ?? there.metadata.name ?? "";
  throw new EcsError("ConflictException", `Schedule ${name} already exists.`, { status: 409 });
}
