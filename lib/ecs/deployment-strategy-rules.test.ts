import { expect } from "chai";

import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type {
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  LoadBalancer,
} from "#model/generated/types.generated.ts";
import { deploymentStrategyProblems } from "./deployment-strategy-rules.ts";

const elb = "arn:aws:elasticloadbalancing:us-east-1:000000000000";
const advancedConfiguration = {
  alternateTargetGroupArn: `${elb}:targetgroup/green/0123456789abcdef`,
  productionListenerRule: `${elb}:listener-rule/app/lb/50dc6c495c0c9188/0467ef3c8400ae65/9683b2d02a6cabee`,
  testListenerRule: `${elb}:listener/net/lb/50dc6c495c0c9188/0467ef3c8400ae65`,
  roleArn: "arn:aws:iam::000000000000:role/ecsInfrastructure",
};
const balanced: LoadBalancer = {
  targetGroupArn: `${elb}:targetgroup/blue/0123456789abcdef`,
  containerName: "web",
  containerPort: 80,
  advancedConfiguration,
};
const blueGreen = (
  more: DeploymentConfiguration = {},
  rest: Partial<ECSServiceSpec> = {},
): Partial<ECSServiceSpec> => ({
  deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5, ...more },
  ...rest,
});
const early = (more: object, rest: DeploymentConfiguration = {}): Partial<ECSServiceSpec> => ({
  deploymentConfiguration: {
    minimumHealthyPercent: 50,
    earlySuccessCriteria: { enable: true, healthyPercent: 50, sourceServiceRevisionCleanup: "DEFERRED", ...more },
    ...rest,
  },
});
const hooked = (...lifecycleHooks: DeploymentLifecycleHook[]): Partial<ECSServiceSpec> => blueGreen({ lifecycleHooks });
const lambda = "arn:aws:lambda:us-east-1:000000000000:function:approve:live";

describe("deployment strategies", () => {
  const accepted: [string, Partial<ECSServiceSpec>][] = [
    ["ROLLING", {}],
    ["BLUE_GREEN without anything that brings traffic", blueGreen()],
    ["BLUE_GREEN with target groups", blueGreen({}, { loadBalancers: [balanced] })],
    ["ROLLING with an alternate target group", { loadBalancers: [balanced] }],
    [
      "LINEAR with Service Connect",
      blueGreen(
        { strategy: "LINEAR", linearConfiguration: { stepPercent: 33.3 } },
        { serviceConnectConfiguration: { enabled: true } },
      ),
    ],
    ["hooks that call a function", hooked({ hookTargetArn: lambda, lifecycleStages: ["PRODUCTION_TRAFFIC_SHIFT"] })],
    ["hooks that call a URL", hooked({ hookTargetArn: "https://ci.test/h", lifecycleStages: ["PRE_SCALE_UP"] })],
    ["ROLLING with early success", early({})],
    [
      "BLUE_GREEN without it",
      { deploymentConfiguration: { strategy: "BLUE_GREEN", earlySuccessCriteria: { enable: false } } },
    ],
    ["pauses", hooked({ targetType: "PAUSE", lifecycleStages: ["PRE_PRODUCTION_TRAFFIC_SHIFT"] })],
  ];
  for (const [what, spec] of accepted) {
    it(`may be ${what}`, () => expect(deploymentStrategyProblems(spec)).to.deep.equal([]));
  }

  const refused: [Partial<ECSServiceSpec>, RegExp][] = [
    [early({}, { strategy: "BLUE_GREEN" }), /only valid when the deployment strategy is ROLLING/],
    [early({ healthyPercent: undefined }), /healthyPercent and sourceServiceRevisionCleanup must be specified/],
    [early({ sourceServiceRevisionCleanup: undefined }), /must be specified/],
    [early({ healthyPercent: 49 }), /greater than or equal to minimumHealthyPercent, which is 50/],
    [early({ healthyPercent: 99 }, { minimumHealthyPercent: undefined as never }), /which is 100/],
    [
      { ...early({}), deploymentController: { type: "EXTERNAL" } },
      /not supported with the deployment controller EXTERNAL/,
    ],
    [blueGreen({}, { schedulingStrategy: "DAEMON" }), /daemon scheduling strategy does not support .* BLUE_GREEN/],
    [
      blueGreen({}, { deploymentController: { type: "EXTERNAL" } }),
      /not supported with the deployment controller EXTERNAL/,
    ],
    [blueGreen({ strategy: "CANARY" }), /CANARY requires a load balancer or Service Connect/],
    [
      blueGreen({}, { loadBalancers: [{ ...balanced, advancedConfiguration: {} }] }),
      /alternateTargetGroupArn is required/,
    ],
    [blueGreen({}, { loadBalancers: [{ loadBalancerName: "classic" }] }), /does not support Classic Load Balancers/],
    [
      { loadBalancers: [{ ...balanced, advancedConfiguration: { ...advancedConfiguration, roleArn: "me" } }] },
      /loadBalancers\[0\]\.advancedConfiguration: Invalid roleArn: me/,
    ],
    [
      { loadBalancers: [{ ...balanced, targetGroupArn: advancedConfiguration.alternateTargetGroupArn }] },
      /must be different/,
    ],
    [blueGreen({ linearConfiguration: {} }), /linearConfiguration is only valid when/],
    [blueGreen({ canaryConfiguration: {} }), /canaryConfiguration is only valid when/],
    [
      blueGreen({ strategy: "LINEAR", linearConfiguration: { stepPercent: 3.33 } }, { loadBalancers: [balanced] }),
      /multiple of 0\.1/,
    ],
    [hooked({ hookTargetArn: lambda }), /lifecycleHooks\[0\]: lifecycleStages cannot be empty/],
    [hooked({ lifecycleStages: ["PRE_SCALE_UP"] }), /hookTargetArn is required/],
    [hooked({ hookTargetArn: "ftp://x", lifecycleStages: ["PRE_SCALE_UP"] }), /Invalid hookTargetArn/],
    [
      hooked({ hookTargetArn: lambda, lifecycleStages: ["PRE_SCALE_UP"], hookDetails: "text" }),
      /hookDetails must be a JSON object/,
    ],
    [
      hooked({
        hookTargetArn: lambda,
        lifecycleStages: ["PRE_SCALE_UP"],
        timeoutConfiguration: { timeoutInMinutes: 1441 },
      }),
      /between 1 and 1440/,
    ],
    [
      hooked({ targetType: "PAUSE", lifecycleStages: ["TEST_TRAFFIC_SHIFT"] }),
      /PAUSE hooks are not supported at the lifecycle stage TEST_TRAFFIC_SHIFT/,
    ],
    [hooked({ targetType: "PAUSE", lifecycleStages: ["PRE_SCALE_UP"], roleArn: "r" }), /roleArn is not applicable/],
    [
      hooked(
        ...Array.from({ length: 11 }, () => ({
          targetType: "PAUSE" as const,
          lifecycleStages: ["PRE_SCALE_UP" as const],
        })),
      ),
      /at most 10 PAUSE hooks/,
    ],
  ];
  for (const [spec, message] of refused) {
    it(`may not be so: ${message.source}`, () => expect(deploymentStrategyProblems(spec).join(" ")).to.match(message));
  }
});
