import { expect } from "chai";
import type { ECSScalableTarget, ECSScalableTargetStatus } from "#model/generated/resources.generated.ts";
import { registrationHash } from "../scaling/registration.ts";
import { describeScalableTarget, resourceIdOf } from "./scalable-target.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };

function target(status?: ECSScalableTargetStatus): ECSScalableTarget {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSScalableTarget",
    metadata: { name: "web", namespace: "team", uid: "u", creationTimestamp: "2026-11-25T10:00:00Z" },
    spec: {
      service: "web",
      minCapacity: 1,
      maxCapacity: 5,
      policies: [
        {
          policyName: "cpu",
          targetTrackingScalingPolicyConfiguration: {
            targetValue: 60,
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
            scaleInCooldown: 60,
          },
        },
      ],
      scheduledActions: [
        { scheduledActionName: "night", schedule: "rate(1 day)", scalableTargetAction: { maxCapacity: 2 } },
      ],
    },
    ...(status && { status }),
  };
}

describe("scalable targets as Application Auto Scaling shows them", () => {
  const shown = (one: ECSScalableTarget) => describeScalableTarget(one, "service/shop/web", identity);

  it("have the capacities in force, of something newer those that were registered", () => {
    const inForce = { spec: registrationHash(target()), minCapacity: 2, maxCapacity: 3 };
    expect(shown(target(inForce)).target).to.include({ MinCapacity: 2, MaxCapacity: 3 });
    expect(shown(target({ ...inForce, spec: "another" })).target).to.include({ MinCapacity: 1, MaxCapacity: 5 });
  });

  it("have step scaling policies with the alarms that invoke them", () => {
    const one = target({
      alarms: [
        { policyName: "up", alarmName: "busy" },
        { policyName: "other", alarmName: "x" },
      ],
    });
    const stepAdjustments = [{ metricIntervalLowerBound: 0, scalingAdjustment: 2 }];
    const stepScalingPolicyConfiguration = {
      adjustmentType: "ChangeInCapacity" as const,
      stepAdjustments,
      cooldown: 60,
    };
    one.spec.policies = [{ policyName: "up", stepScalingPolicyConfiguration }];
    expect(shown(one).policies[0]).to.deep.include({
      PolicyType: "StepScaling",
      StepScalingPolicyConfiguration: {
        AdjustmentType: "ChangeInCapacity",
        StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }],
        Cooldown: 60,
      },
      Alarms: [{ AlarmName: "busy", AlarmARN: "arn:aws:cloudwatch:us-east-1:000000000000:alarm:busy" }],
    });
  });

  it("have policies and actions with ARNs that stay", () => {
    const { policies, actions } = shown(target());
    expect(policies[0]).to.deep.include({
      PolicyName: "cpu",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
        ScaleInCooldown: 60,
      },
    });
    expect(policies[0]?.PolicyARN).to.match(
      /^arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:[-0-9a-f]{36}:resource\/ecs\/service\/shop\/web:policyName\/cpu$/,
    );
    expect(actions[0]).to.deep.include({ Schedule: "rate(1 day)", ScalableTargetAction: { MaxCapacity: 2 } });
    expect(shown(target())).to.deep.equal(shown(target()));
  });

  it("are known by cluster and service: the operator's word, else the call's, else the namespace's", () => {
    const nobody = (): undefined => undefined;
    expect(resourceIdOf(target({ clusterName: "Shop", serviceName: "Web" }), nobody)).to.equal("service/Shop/Web");
    const annotations = { "kecs.io/service-arn": "arn:aws:ecs:us-east-1:000000000000:service/blue/Web" };
    const called = { ...target(), metadata: { ...target().metadata, annotations } };
    expect(resourceIdOf(called, nobody)).to.equal("service/blue/Web");
    expect(resourceIdOf(target(), () => "shop")).to.equal("service/shop/web");
    expect(resourceIdOf(target(), nobody)).to.equal("service/default/web");
  });
});
