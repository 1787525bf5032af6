import { expect } from "chai";
import { kubectl, kubectlApply, kubectlJson, kubectlRaw } from "./support/kubectl.ts";
import { aws, awsEcs } from "./support/python-clients.ts";
import { awsScaling, capacity, policy, scalingFixture, type ScalingFixture } from "./support/scaling-fixture.ts";
import { eventually } from "./support/wait.ts";

const IDLE = "sleep 3600";

interface Autoscaler {
  spec: {
    scaleTargetRef: { kind: string; name: string };
    minReplicas: number;
    maxReplicas: number;
    metrics: { resource: { name: string; target: { averageUtilization: number } } }[];
    behavior: Record<"scaleUp" | "scaleDown", { selectPolicy: string; stabilizationWindowSeconds: number }>;
  };
}

interface Policy {
  readonly PolicyName: string;
  readonly StepScalingPolicyConfiguration?: object;
  readonly Alarms: { AlarmName: string }[];
}

const from = (MetricIntervalLowerBound: number) => ({ MetricIntervalLowerBound });
const to = (MetricIntervalUpperBound: number) => ({ MetricIntervalUpperBound });
const by = (ScalingAdjustment: number) => ({ ScalingAdjustment });

/** Arguments of a policy that changes the count by steps. */
const steps = (name: string, StepAdjustments: object[], more: object = {}): string[] => [
  "--policy-name",
  name,
  "--policy-type",
  "StepScaling",
  "--step-scaling-policy-configuration",
  JSON.stringify({ AdjustmentType: "ChangeInCapacity", StepAdjustments, ...more }),
];

describe("scaling of services", () => {
  let fixture: ScalingFixture;
  let cluster: string;
  let namespace: string;

  before(async () => {
    fixture = await scalingFixture();
    ({ cluster, namespace } = fixture);
  });
  after(() => fixture.dispose());

  it("brings the desired count within the capacities, and becomes an autoscaler of the service", async () => {
    const service = await fixture.create(IDLE, 1);
    const { ScalableTargetARN } = await awsScaling<{ ScalableTargetARN: string }>(
      "register-scalable-target",
      ...fixture.named(service),
      ...capacity(2, 4),
      "--tags",
      "team=a",
    );
    await fixture.untilDesired(service, 2);
    const [activity] = await fixture.activitiesOf(service);
    expect(activity).to.deep.include({
      Description: "Setting desired count to 2.",
      Cause: "minimum capacity was set to 2",
      StatusCode: "Successful",
    });
    expect((await kubectlRaw(["get", "hpa", service, "-n", namespace])).code, "no policy, no autoscaler").to.equal(1);

    const put = await awsScaling<{ PolicyARN: string }>(
      "put-scaling-policy",
      ...fixture.named(service),
      ...policy("cpu", { ScaleInCooldown: 120, DisableScaleIn: true }),
    );
    expect(put.PolicyARN).to.match(new RegExp(`:resource/ecs/service/${cluster}/${service}:policyName/cpu$`));
    const { spec } = await eventually("the autoscaler", () =>
      kubectlJson<Autoscaler>("get", "hpa", service, "-n", namespace),
    );
    expect(spec.scaleTargetRef).to.include({ kind: "ECSService", name: service });
    expect([spec.minReplicas, spec.maxReplicas]).to.deep.equal([2, 4]);
    expect(spec.metrics[0]!.resource).to.deep.include({
      name: "cpu",
      target: { type: "Utilization", averageUtilization: 50 },
    });
    expect(spec.behavior.scaleDown).to.include({ selectPolicy: "Disabled", stabilizationWindowSeconds: 120 });

    const { ScalableTargets } = await awsScaling<{ ScalableTargets: object[] }>(
      "describe-scalable-targets",
      "--service-namespace",
      "ecs",
      "--resource-ids",
      `service/${cluster}/${service}`,
    );
    expect(ScalableTargets).to.have.length(1);
    expect(ScalableTargets[0]).to.deep.include({ ScalableTargetARN, MinCapacity: 2, MaxCapacity: 4 });
    const { ScalingPolicies } = await awsScaling<{ ScalingPolicies: object[] }>(
      "describe-scaling-policies",
      "--service-namespace",
      "ecs",
      "--resource-id",
      `service/${cluster}/${service}`,
    );
    expect(ScalingPolicies[0]).to.deep.include({ PolicyName: "cpu", PolicyARN: put.PolicyARN });
    const tags = await awsScaling<object>("list-tags-for-resource", "--resource-arn", ScalableTargetARN);
    expect(tags).to.deep.equal({ Tags: { team: "a" } });

    await awsEcs("update-service", "--cluster", cluster, "--service", service, "--desired-count", "6");
    await awsScaling("register-scalable-target", ...fixture.named(service), "--max-capacity", "3");
    await fixture.untilDesired(service, 3);

    await awsScaling("delete-scaling-policy", ...fixture.named(service), "--policy-name", "cpu");
    await eventually("no autoscaler is left", async () => {
      return (await kubectlRaw(["get", "hpa", service, "-n", namespace])).code === 1;
    });
    await awsScaling("deregister-scalable-target", ...fixture.named(service));
    const again = await aws("application-autoscaling", "deregister-scalable-target", ...fixture.named(service));
    expect(again.stderr).to.contain("(ObjectNotFoundException)").and.contain("No scalable target found for");
    expect((await fixture.countsOf(service)).desiredCount).to.equal(3);
  });

  it("scheduled actions change the capacities at their time, unless that is suspended", async () => {
    const service = await fixture.create(IDLE, 1);
    await awsScaling("register-scalable-target", ...fixture.named(service), ...capacity(1, 10));
    const at = (seconds: number): string => `at(${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)})`;
    const action = (name: string, schedule: string, target: string): Promise<unknown> =>
      awsScaling(
        "put-scheduled-action",
        ...fixture.named(service),
        "--scheduled-action-name",
        name,
        "--schedule",
        schedule,
        "--scalable-target-action",
        target,
      );
    await action("morning", at(5), "MinCapacity=3,MaxCapacity=5");
    await fixture.untilDesired(service, 3);
    const [activity] = await fixture.activitiesOf(service);
    expect(activity!.Cause).to.match(/scheduled action name morning was triggered, minimum capacity was set to 3/);
    const target = JSON.parse(
      await kubectl("get", "ecsscalabletarget", service, "-n", namespace, "-o", "jsonpath={.status}"),
    ) as object;
    expect(target).to.include({ minCapacity: 3, maxCapacity: 5 });
    await action("evening", at(5), "MaxCapacity=2");
    await fixture.untilDesired(service, 2);
    const { ScheduledActions } = await awsScaling<{ ScheduledActions: { ScheduledActionName: string }[] }>(
      "describe-scheduled-actions",
      "--service-namespace",
      "ecs",
      "--resource-id",
      `service/${cluster}/${service}`,
    );
    expect(ScheduledActions.map((each) => each.ScheduledActionName)).to.have.members(["morning", "evening"]);
    const suspended = JSON.stringify({ ScheduledScalingSuspended: true });
    await awsScaling(
      "register-scalable-target",
      ...fixture.named(service),
      ...capacity(1, 10),
      "--suspended-state",
      suspended,
    );
    await action("night", at(2), "MinCapacity=7");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect((await fixture.countsOf(service)).desiredCount).to.equal(2);
    await awsScaling("delete-scheduled-action", ...fixture.named(service), "--scheduled-action-name", "night");
  });

  it("steps when an alarm goes to ALARM, as far as its metric is from the threshold", async () => {
    const service = await fixture.create(IDLE, 1);
    await awsScaling("register-scalable-target", ...fixture.named(service), ...capacity(1, 10));
    const adjustments = [
      { ...from(0), ...to(20), ...by(2) },
      { ...from(20), ...by(3) },
    ];
    const out = steps("out", adjustments, { Cooldown: 300, MetricAggregationType: "Maximum" });
    const { PolicyARN } = await awsScaling<{ PolicyARN: string }>(
      "put-scaling-policy",
      ...fixture.named(service),
      ...out,
    );
    await awsScaling(
      "put-scaling-policy",
      ...fixture.named(service),
      ...steps("in", [{ ...to(0), ...by(-1) }], { Cooldown: 0 }),
    );
    const alarm = (name: string, spec: object) =>
      kubectlApply({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSAlarm",
        metadata: { name: `${service}-${name}` },
        spec,
      });
    const busy = { alarmActions: [PolicyARN], threshold: 50, comparisonOperator: "GreaterThanThreshold" };
    const idle = { alarmActions: [`service/${cluster}/${service}:policyName/in`] };
    try {
      await alarm("busy", { ...busy, state: "OK" });
      await alarm("idle", { ...idle, state: "INSUFFICIENT_DATA" });
      await eventually("the policy has its alarm", async () => {
        const { ScalingPolicies } = await awsScaling<{ ScalingPolicies: Policy[] }>(
          "describe-scaling-policies",
          ...fixture.named(service),
        );
        const found = ScalingPolicies.find(({ PolicyName }) => PolicyName === "out");
        expect(found?.StepScalingPolicyConfiguration).to.deep.include({ StepAdjustments: adjustments });
        return found?.Alarms.map(({ AlarmName }) => AlarmName).join() === `${service}-busy`;
      });
      expect((await fixture.countsOf(service)).desiredCount, "no alarm, no step").to.equal(1);

      await alarm("busy", { ...busy, state: "ALARM", values: [55, 61] });
      await fixture.untilDesired(service, 3);
      const cause = `monitor alarm ${service}-busy in state ALARM triggered policy out`;
      await eventually("the activity", async () => {
        const [activity] = await fixture.activitiesOf(service);
        return activity?.Cause === cause && activity.Description === "Setting desired count to 3.";
      });
      // Anew within the cooldown: only what the larger step adds.
      await alarm("busy", { ...busy, state: "OK" });
      await eventually("it is seen", async () => {
        const path = '-o=jsonpath={.status.alarms[?(@.policyName=="out")].invokedAt}';
        return (await kubectl("get", "ecsscalabletarget", service, "-n", namespace, path)) === "";
      });
      await alarm("busy", { ...busy, state: "ALARM", values: [90] });
      await fixture.untilDesired(service, 4);
      await alarm("busy", { ...busy, state: "OK" });
      await alarm("idle", { ...idle, state: "ALARM" });
      await fixture.untilDesired(service, 3);
    } finally {
      await kubectl("delete", "ecsalarm", `${service}-busy`, `${service}-idle`, "--ignore-not-found");
    }
  });

  it("refuses by name what would not act", async () => {
    const service = await fixture.create(IDLE, 0);
    await awsScaling("register-scalable-target", ...fixture.named(service), ...capacity(0, 2));
    const wrong: [words: RegExp, args: string[]][] = [
      [
        /ValidationException.*PredictiveScaling/s,
        ["put-scaling-policy", ...fixture.named(service), "--policy-name", "p", "--policy-type", "PredictiveScaling"],
      ],
      [
        /ValidationException.*unspecified upper bound/s,
        ["put-scaling-policy", ...fixture.named(service), ...steps("step", [{ ...from(0), ...to(10), ...by(1) }])],
      ],
      [
        /ValidationException.*ALBRequestCountPerTarget/s,
        [
          "put-scaling-policy",
          ...fixture.named(service),
          ...policy("alb", {
            PredefinedMetricSpecification: { PredefinedMetricType: "ALBRequestCountPerTarget", ResourceLabel: "x" },
          }),
        ],
      ],
      [
        /ValidationException.*CustomizedMetricSpecification/s,
        [
          "put-scaling-policy",
          ...fixture.named(service),
          ...policy("own", {
            CustomizedMetricSpecification: { MetricName: "a", Namespace: "b", Statistic: "Average" },
          }),
        ],
      ],
      [
        /ValidationException.*ScaleInCooldown above 3600/s,
        ["put-scaling-policy", ...fixture.named(service), ...policy("slow", { ScaleInCooldown: 7200 })],
      ],
      [
        /ValidationException.*less than minimum/s,
        ["register-scalable-target", ...fixture.named(service), ...capacity(3, 2)],
      ],
      [
        /ValidationException.*ECS service doesn't exist/s,
        ["register-scalable-target", ...fixture.named("none"), ...capacity(1, 2)],
      ],
      [
        /ObjectNotFoundException.*No scalable target registered/s,
        ["put-scaling-policy", ...fixture.named("none"), ...policy("cpu")],
      ],
      [/ValidationException.*dynamodb/s, ["describe-scalable-targets", "--service-namespace", "dynamodb"]],
      [
        /ValidationException.*six fields/s,
        [
          "put-scheduled-action",
          ...fixture.named(service),
          "--scheduled-action-name",
          "a",
          "--schedule",
          "cron(1)",
          "--scalable-target-action",
          "MinCapacity=1",
        ],
      ],
    ];
    for (const [words, args] of wrong) expect((await aws("application-autoscaling", ...args)).stderr).to.match(words);
  });

  it("is a resource: kubectl makes one, and the API shows it", async () => {
    const service = await fixture.create(IDLE, 1);
    await kubectlApply({
      apiVersion: "ecs.kecs.io/v1alpha1",
      kind: "ECSScalableTarget",
      metadata: { name: "of-yaml", namespace },
      spec: { service, minCapacity: 2, maxCapacity: 3 },
    });
    await kubectl("wait", "--for=condition=Ready", "ecsscalabletarget/of-yaml", "-n", namespace, "--timeout=60s");
    await fixture.untilDesired(service, 2);
    const id = `service/${cluster}/${service}`;
    const shown = ["describe-scalable-targets", "--service-namespace", "ecs", "--resource-ids", id];
    const { ScalableTargets } = await awsScaling<{ ScalableTargets: object[] }>(...shown);
    expect(ScalableTargets[0]).to.include({ ResourceId: id, MinCapacity: 2 });
    const refused = await kubectlRaw(
      ["apply", "-f", "-"],
      JSON.stringify({
        apiVersion: "ecs.kecs.io/v1alpha1",
        kind: "ECSScalableTarget",
        metadata: { name: "wrong", namespace },
        spec: { service, minCapacity: 3, maxCapacity: 2 },
      }),
    );
    expect(refused.stderr).to.contain("minimum capacity must not be above the maximum");
  });
});
