import type { RunTaskRequest, StartTaskRequest } from "#model/generated/types.generated.ts";
import { OVERRIDE_MEMBERS } from "./supported-overrides.ts";
import type { UnsupportedMember } from "./member-support.ts";
import { VOLUME_CONFIGURATION_MEMBERS } from "./volume-configurations.ts";
import { unsupportedIn } from "./unsupported-members.ts";

/** The members that RunTask, StartTask and an ECSTask's spec have in common. */
type TaskInput = Partial<Omit<RunTaskRequest, "count" | "clientToken">> | Partial<StartTaskRequest>;

/**
 * The members of a task (RunTask's or StartTask's input, or an ECSTask's spec) that ask for what is not offered.
 * Empty when all of it can be honoured. The gateway refuses the call by name rather than ignore a member.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function unsupportedTaskMembers(task: TaskInput): UnsupportedMember[] {
  return [
    ...unsupportedIn({ volumeConfigurations: task.volumeConfigurations }, VOLUME_CONFIGURATION_MEMBERS),
    ...unsupportedIn(task.overrides ?? {}, OVERRIDE_MEMBERS).map(({ path, why }) => ({
      path: `overrides.${path}`,
      why,
    })),
  ];
}
