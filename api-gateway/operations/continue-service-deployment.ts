import { type EcsError, invalidParameter } from "#lib/errors.ts";
import { isNotFound } from "#lib/kube/errors.ts";
import { type ECSServiceDeployment, RESOURCES } from "#model/generated/resources.generated.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";
import { requireServiceDeployment } from "../services/service-records.ts";

/**
 * Continues a service deployment that a PAUSE hook holds (CONTINUE, the default), or rolls it back.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContinueServiceDeployment.html
 */
export const continueServiceDeployment: Handler<"ContinueServiceDeployment"> = async (input, deps, call) => {
  const { serviceDeploymentArn, hookId, action = "CONTINUE" } = input;
  const { doc, ref } = await requireServiceDeployment(serviceDeploymentArn, deps.queries);
  const hook = doc.lifecycleHookDetails?.find((each) => each.hookId === hookId);
  const awaits = hook?.targetType === "PAUSE" && hook.status === "AWAITING_ACTION";
  if (ref.deleted || doc.status !== "IN_PROGRESS" || !awaits) throw notPaused(hookId);
  try {
    const spec = { hookActions: { [hookId]: action } };
    await patchObject<ECSServiceDeployment>(deps, RESOURCES.ECSServiceDeployment, ref, { spec }, call);
  } catch (error) {
    if (isNotFound(error)) throw notPaused(hookId);
    throw error;
  }
  return { serviceDeploymentArn };
};

function notPaused(hookId: string): EcsError {
  return invalidParameter(`The service deployment has no PAUSE hook ${hookId} that is in the AWAITING_ACTION status.`);
}
