import type { ECSServiceSpec } from "#model/generated/resources.generated.ts";
import type { DeploymentLifecycleHook, LoadBalancer } from "#model/generated/types.generated.ts";
import { earlySuccessProblems } from "./early-success.ts";
import { isStaged } from "./lifecycle.ts";
import { isConnected } from "./traffic/discovery.ts";
import { parseTargetGroup } from "./traffic/names.ts";

type Wish = Partial<
  Pick<
    ECSServiceSpec,
    | "deploymentConfiguration"
    | "deploymentController"
    | "schedulingStrategy"
    | "loadBalancers"
    | "serviceConnectConfiguration"
  >
>;

const HOOKS_MAX = 10;
const LAMBDA_TIMEOUT_MAX = 1440;
const FUNCTION = /^arn:aws[-a-z]*:lambda:[-a-z0-9]*:\d{12}:function:[-_A-Za-z0-9]{1,140}(:[-_$A-Za-z0-9]+)?$/;
const LISTENER = /^arn:aws[-a-z]*:elasticloadbalancing:[-a-z0-9]*:\d{12}:listener(-rule)?\/(app|net)\/[-A-Za-z0-9/]+$/;
const ROLE = /^arn:aws[-a-z]*:iam::\d{12}:role\/.+$/;
/** A pause there would have to be ended in the middle of a rollback, too. */
const UNPAUSABLE: ReadonlySet<string> = new Set(["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]);

/**
 * What a service asks for with its deployment strategy and cannot have; empty when all of it can.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html
 */
export function deploymentStrategyProblems(service: Wish): string[] {
  const { strategy, lifecycleHooks = [] } = service.deploymentConfiguration ?? {};
  const { loadBalancers = [] } = service;
  const advanced = [
    ...loadBalancers.flatMap((each, index) => advancedProblems(each, `loadBalancers[${index}]`)),
    ...earlySuccessProblems(service),
  ];
  if (!isStaged(strategy)) return advanced;
  return [
    ...controllerProblems(service, strategy),
    ...loadBalancers.flatMap((each) => shiftProblems(each, strategy)),
    ...advanced,
    ...percentProblems(service.deploymentConfiguration ?? {}),
    ...hookProblems(lifecycleHooks),
  ];
}

function controllerProblems(service: Wish, strategy: string): string[] {
  const { deploymentController, schedulingStrategy, loadBalancers = [], serviceConnectConfiguration } = service;
  const { type = "ECS" } = deploymentController ?? {};
  const shifts = loadBalancers.length > 0 || isConnected(serviceConnectConfiguration);
  const problems: [boolean, string][] = [
    [type !== "ECS", `The deployment strategy ${strategy} is not supported with the deployment controller ${type}.`],
    [
      schedulingStrategy === "DAEMON",
      `The daemon scheduling strategy does not support the deployment strategy ${strategy}.`,
    ],
    [
      strategy !== "BLUE_GREEN" && !shifts,
      `The deployment strategy ${strategy} requires a load balancer or Service Connect.`,
    ],
  ];
  return problems.filter(([wrong]) => wrong).map(([, message]) => message);
}

function shiftProblems({ targetGroupArn, advancedConfiguration }: LoadBalancer, strategy: string): string[] {
  if (targetGroupArn === undefined) {
    return [`The deployment strategy ${strategy} does not support Classic Load Balancers.`];
  }
  return advancedConfiguration === undefined
    ? [`advancedConfiguration is required for a load balancer with the deployment strategy ${strategy}.`]
    : [];
}

function advancedProblems({ targetGroupArn, advancedConfiguration }: LoadBalancer, path: string): string[] {
  if (advancedConfiguration === undefined) return [];
  const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = advancedConfiguration;
  const needed: [string, string | undefined, (arn: string) => boolean][] = [
    ["alternateTargetGroupArn", alternateTargetGroupArn, (arn) => parseTargetGroup(arn) !== undefined],
    ["productionListenerRule", productionListenerRule, (arn) => LISTENER.test(arn)],
    ["roleArn", roleArn, (arn) => ROLE.test(arn)],
  ];
  const problems = needed.flatMap(([member, value, isValid]) => {
    if (value === undefined) return [`${path}.advancedConfiguration: ${member} is required.`];
    return isValid(value) ? [] : [`${path}.advancedConfiguration: Invalid ${member}: ${value}`];
  });
  const same = nameOf(targetGroupArn) !== undefined && nameOf(targetGroupArn) === nameOf(alternateTargetGroupArn);
  return [
    ...problems,
    ...(testListenerRule !== undefined && !LISTENER.test(testListenerRule)
      ? [`${path}.advancedConfiguration: Invalid testListenerRule: ${testListenerRule}`]
      : []),
    ...(same ? ["The target group and the alternate target group must be different."] : []),
  ];
}

/** The name is what counts here: two target groups of one name are one. */
const nameOf = (arn: string | undefined): string | undefined => parseTargetGroup(arn ?? "")?.name;

function percentProblems({
  strategy,
  linearConfiguration,
  canaryConfiguration,
}: NonNullable<Wish["deploymentConfiguration"]>): string[] {
  const problems: [boolean, string][] = [
    [
      linearConfiguration !== undefined && strategy !== "LINEAR",
      "linearConfiguration is only valid when the deployment strategy is LINEAR.",
    ],
    [
      canaryConfiguration !== undefined && strategy !== "CANARY",
      "canaryConfiguration is only valid when the deployment strategy is CANARY.",
    ],
    [!isTenth(linearConfiguration?.stepPercent), "stepPercent must be a multiple of 0.1 from 3.0 to 100.0."],
    [!isTenth(canaryConfiguration?.canaryPercent), "canaryPercent must be a multiple of 0.1 from 0.1 to 100.0."],
  ];
  return problems.filter(([wrong]) => wrong).map(([, message]) => message);
}

const isTenth = (value = 0): boolean => Math.abs(value * 10 - Math.round(value * 10)) < 1e-6;

function hookProblems(hooks: readonly DeploymentLifecycleHook[]): string[] {
  const pauses = hooks.filter(({ targetType }) => targetType === "PAUSE").length;
  return [
    ...(pauses > HOOKS_MAX ? [`A service can have at most ${HOOKS_MAX} PAUSE hooks.`] : []),
    ...(hooks.length - pauses > HOOKS_MAX ? [`A service can have at most ${HOOKS_MAX} AWS_LAMBDA hooks.`] : []),
    ...hooks.flatMap((hook, index) => hookProblemsOf(hook).map((problem) => `lifecycleHooks[${index}]: ${problem}`)),
  ];
}

function hookProblemsOf(hook: DeploymentLifecycleHook): string[] {
  const { lifecycleStages = [], targetType = "AWS_LAMBDA" } = hook;
  return [
    ...(lifecycleStages.length === 0 ? ["lifecycleStages cannot be empty."] : []),
    ...(targetType === "PAUSE" ? pauseProblems(hook) : lambdaProblems(hook)),
  ];
}

function pauseProblems({
  lifecycleStages = [],
  hookTargetArn,
  roleArn,
  hookDetails,
}: DeploymentLifecycleHook): string[] {
  const wrong = lifecycleStages.find((stage) => UNPAUSABLE.has(stage));
  return [
    ...(wrong === undefined ? [] : [`PAUSE hooks are not supported at the lifecycle stage ${wrong}.`]),
    ...(hookTargetArn === undefined ? [] : ["hookTargetArn is not applicable for PAUSE hooks."]),
    ...(roleArn === undefined ? [] : ["roleArn is not applicable for PAUSE hooks."]),
    ...(hookDetails === undefined ? [] : ["hookDetails is not applicable for PAUSE hooks."]),
  ];
}

function lambdaProblems({ hookTargetArn, hookDetails, timeoutConfiguration }: DeploymentLifecycleHook): string[] {
  const isObject = typeof hookDetails === "object" && hookDetails !== null && !Array.isArray(hookDetails);
  return [
    ...(hookTargetArn === undefined ? ["hookTargetArn is required for AWS_LAMBDA hooks."] : []),
    ...(hookTargetArn === undefined || isCallable(hookTargetArn)
      ? []
      : ["Invalid hookTargetArn: it must be the ARN of a Lambda function, or an http(s) URL."]),
    ...(hookDetails === undefined || isObject ? [] : ["hookDetails must be a JSON object."]),
    ...((timeoutConfiguration?.timeoutInMinutes ?? 1) > LAMBDA_TIMEOUT_MAX
      ? [`timeoutInMinutes must be between 1 and ${LAMBDA_TIMEOUT_MAX} for AWS_LAMBDA hooks.`]
      : []),
  ];
}

const isCallable = (target: string): boolean =>
  FUNCTION.test(target) || (/^https?:\/\//.test(target) && URL.canParse(target));
