import type { ECSTask } from "#model/generated/resources.generated.ts";
import type { ProtectedTask } from "#model/generated/types.generated.ts";

/** Whether a task may not be stopped now to scale in or to roll out. */
export function isProtected({ spec }: Pick<ECSTask, "spec">, now: Date): boolean {
  return Date.parse(spec.protectedUntil ?? "") > now.getTime();
}

/** A task's protection as the ECS API shows it. */
export function describeProtection(taskArn: string, task: Pick<ECSTask, "spec">, now: Date): ProtectedTask {
  if (!isProtected(task, now)) return { taskArn, protectionEnabled: false };
  return { taskArn, protectionEnabled: true, expirationDate: Date.parse(task.spec.protectedUntil ?? "") / 1000 };
}
