import { EcsError } from "#lib/errors.ts";
import { isInvalid, isNotFound } from "#lib/kube/errors.ts";
import { type ECSServiceDeployment, RESOURCES } from "#model/generated/resources.generated.ts";
import type { ServiceDeployment } from "#model/generated/types.generated.ts";
import { patchObject } from "../common/write.ts";
import type { Handler } from "../operation.ts";
import { requireServiceDeployment } from "../services/service-records.ts";

const UNDER_WAY: ReadonlySet<ServiceDeployment["status"]> = new Set(["PENDING", "IN_PROGRESS"]);
/** On its way to its end already: the call changes nothing. */
const STOPPING: ReadonlySet<ServiceDeployment["status"]> = new Set([
  "STOP_REQUESTED",
  "ROLLBACK_REQUESTED",
  "ROLLBACK_IN_PROGRESS",
]);

/**
 * Stops a service deployment that is under way: back to the service revision that was last deployed completely
 * (ROLLBACK, the default), or leaving what runs (ABORT).
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopServiceDeployment.html
 */
export const stopServiceDeployment: Handler<"StopServiceDeployment"> = async (input, deps, call) => {
  const { serviceDeploymentArn, stopType = "ROLLBACK" } = input;
  const { doc, ref } = await requireServiceDeployment(serviceDeploymentArn, deps.queries);
  if (STOPPING.has(doc.status)) return { serviceDeploymentArn };
  if (ref.deleted || !UNDER_WAY.has(doc.status)) throw ended(serviceDeploymentArn);
  // What it would return to is being removed.
  if (doc.lifecycleStage === "CLEAN_UP") throw ended(serviceDeploymentArn);
  try {
    await patchObject<ECSServiceDeployment>(deps, RESOURCES.ECSServiceDeployment, ref, { spec: { stopType } }, call);
  } catch (error) {
    if (isNotFound(error)) throw ended(serviceDeploymentArn);
    if (!isInvalid(error)) throw error; // somebody else has stopped it in another way
  }
  return { serviceDeploymentArn };
};

function ended(arn: string): EcsError {
  const message = "The service deployment has ended already and cannot be stopped.";
  return new EcsError("ConflictException", message, { members: { resourceIds: [arn] } });
}
