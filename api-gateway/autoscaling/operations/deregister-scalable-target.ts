import { RESOURCES } from "#model/generated/resources.generated.ts";
import { until } from "../../common/until.ts";
import type { AutoscalingHandler } from "../operation.ts";
import { requireScalableTarget } from "../scalable-target.ts";

/**
 * Ends the scaling of a service, with all policies and scheduled actions.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
 */
export const deregisterScalableTarget: AutoscalingHandler<"DeregisterScalableTarget"> = async (input, deps, call) => {
  const { ref } = await requireScalableTarget(deps, input, "scalable target found");
  const { name, namespace, uid } = ref;
  await deps.kube.delete(RESOURCES.ECSScalableTarget, { name, namespace }, { uid, signal: call.signal });
  const isGone = async (): Promise<boolean> => {
    const [found] = await deps.queries.scalableTargets({ resourceIds: [input.ResourceId] });
    return found?.ref.uid !== uid;
  };
  await until(isGone, { timeoutMs: deps.config.readYourWritesTimeoutMs, signal: call.signal });
  return {};
};
