import type { HorizontalPodAutoscaler } from "#lib/kube/resources.ts";
import type { ECSAlarm, ECSScalableTarget, ECSService } from "#model/generated/resources.generated.ts";
import type { Problem } from "../service/problem.ts";

/** All that is known about one scalable target when it is reconciled: plain data. */
export interface ScalableTargetState {
  readonly target: ECSScalableTarget;
  readonly service?: ECSService;
  /** ECS names. */
  readonly serviceName: string;
  readonly clusterName: string;
  /** The autoscaler of ours, if it has been made. */
  readonly autoscaler?: HorizontalPodAutoscaler;
  /** The alarms whose actions name its step scaling policies. */
  readonly alarms?: readonly { readonly policyName: string; readonly alarm: ECSAlarm }[];
  /** Why it cannot work until something changes. */
  readonly problem?: Problem;
}
