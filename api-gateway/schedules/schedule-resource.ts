import { ANNOTATIONS, API_VERSION } from "#lib/ecs/labels.ts";
import { resourceName } from "#lib/ecs/names.ts";
import { scheduleProblems } from "#lib/ecs/schedule/rules.ts";
import { invalidParameter } from "#lib/errors.ts";
import {
  type ECSSchedule,
  type ECSScheduleSpec,
  RESOURCES,
  type ScheduleType,
} from "#model/generated/resources.generated.ts";
import type { Ref } from "#projector/queries.ts";
import { until } from "../common/until.ts";
import { updateSpec } from "../common/update-spec.ts";
import { createInNamespace } from "../common/write.ts";
import type { Call, Deps } from "../operation.ts";

/** What the API makes lies in KECS's own namespace: schedules and rules belong to no cluster. */
export function newSchedule(
  spec: ECSScheduleSpec & { readonly name: string; readonly type: ScheduleType },
  { config }: Pick<Deps, "config">,
  { accessKeyId }: Pick<Call, "accessKeyId">,
  clientToken?: string,
): ECSSchedule {
  return {
    apiVersion: API_VERSION,
    kind: "ECSSchedule",
    metadata: {
      // The dot keeps names of rules apart from those of schedules.
      name: spec.type === "RULE" ? `${resourceName(spec.name)}.rule` : resourceName(spec.name),
      namespace: config.namespace,
      annotations: {
        ...(clientToken !== undefined && { [ANNOTATIONS.clientToken]: clientToken }),
        ...(accessKeyId !== undefined && { [ANNOTATIONS.createdBy]: accessKeyId }),
      },
    },
    spec,
  };
}

/**
 * Refuses a spec that the operator could not act on.
 * @throws EcsError `InvalidParameterException`
 */
export function checkSchedule(spec: ECSScheduleSpec): void {
  const [problem] = scheduleProblems(spec);
  if (problem !== undefined) throw invalidParameter(problem);
}

/** @throws KubeError `AlreadyExists` */
export function createSchedule(schedule: ECSSchedule, deps: Deps, call: Call): Promise<ECSSchedule> {
  return createInNamespace(deps, RESOURCES.ECSSchedule, schedule, call);
}

/** Changes a schedule, wherever it lives and whoever made it. */
export function updateSchedule(
  ref: Ref,
  change: (current: ECSSchedule) => ECSScheduleSpec,
  deps: Deps,
  call: Call,
): Promise<ECSSchedule> {
  return updateSpec<ECSSchedule>(deps, { resource: RESOURCES.ECSSchedule, ref, change }, call);
}

/**
 * Deletes a schedule and waits, bounded, until the read side no longer shows it.
 * @param isGone whether it is not to be seen any more
 */
export async function deleteSchedule(
  { uid, name, namespace }: Ref,
  isGone: () => Promise<boolean>,
  deps: Deps,
  { signal }: Call,
): Promise<void> {
  await deps.kube.delete(RESOURCES.ECSSchedule, { name, namespace }, { uid, signal });
  await until(isGone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal });
}
