import type { CreateServiceRequest, DeploymentConfiguration } from "#model/generated/types.generated.ts";
import { isStaged } from "./lifecycle.ts";
import type { UnsupportedMember } from "./member-support.ts";
import { unsupportedWithTaskSets } from "./task-set-rules.ts";
import { unsupportedIn } from "./unsupported-members.ts";
import { VOLUME_CONFIGURATION_MEMBERS } from "./volume-configurations.ts";
import { TRAFFIC_MEMBERS } from "./traffic/members.ts";
import { UNPLANNABLE, unplannable } from "./placement/rules.ts";

export type { UnsupportedMember } from "./member-support.ts";

type ServiceInput = Omit<CreateServiceRequest, "clientToken">;

interface Rule {
  readonly path: string;
  readonly why: string;
  /** True where the service asks for it. */
  readonly asked: (service: Partial<ServiceInput>) => boolean;
}

const shifts = (configuration: DeploymentConfiguration | undefined): boolean => isStaged(configuration?.strategy);
const filled = (list: readonly unknown[] | undefined): boolean => (list?.length ?? 0) > 0;

/** In the order in which they are told. */
const RULES: readonly Rule[] = [
  {
    path: "vpcLatticeConfigurations",
    why: "VPC Lattice is not supported",
    asked: (service) => filled(service.vpcLatticeConfigurations),
  },
  {
    path: "deploymentConfiguration.lifecycleHooks",
    why: "lifecycle hooks are not run with the deployment strategy ROLLING, only with BLUE_GREEN, LINEAR and CANARY",
    asked: ({ deploymentConfiguration }) =>
      !shifts(deploymentConfiguration) && filled(deploymentConfiguration?.lifecycleHooks),
  },
  {
    path: "deploymentConfiguration.bakeTimeInMinutes",
    why: "there is no bake time with the deployment strategy ROLLING, only with BLUE_GREEN, LINEAR and CANARY",
    asked: ({ deploymentConfiguration }) =>
      !shifts(deploymentConfiguration) && (deploymentConfiguration?.bakeTimeInMinutes ?? 0) > 0,
  },
  {
    path: "gatewayConnectors",
    why: "gateway connectors are not supported",
    asked: (service) => filled(service.gatewayConnectors),
  },
  {
    path: "monitoring",
    why: "a monitoring configuration is not supported",
    asked: (service) => service.monitoring !== undefined,
  },
  {
    path: "placementConstraints",
    why: UNPLANNABLE,
    asked: (service) => unplannable(service.placementConstraints ?? []) !== undefined,
  },
];

/**
 * The members of a service (CreateService's or UpdateService's input, or an ECSService's spec) that ask for what is
 * not offered. Empty when all of it can be honoured. The gateway refuses the call, the operator says `Stalled`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export function unsupportedServiceMembers(service: Partial<ServiceInput>): UnsupportedMember[] {
  const asked = RULES.filter((rule) => rule.asked(service)).map(({ path, why }) => ({ path, why }));
  return [
    ...asked,
    ...unsupportedWithTaskSets(service).filter(({ path }) => !asked.some((each) => each.path === path)),
    ...unsupportedIn(service, TRAFFIC_MEMBERS),
    ...unsupportedIn({ volumeConfigurations: service.volumeConfigurations }, VOLUME_CONFIGURATION_MEMBERS),
  ];
}

/** The problems of {@link unsupportedServiceMembers} as one message: `loadBalancers: …; monitoring: …`. */
export function describeUnsupported(members: readonly UnsupportedMember[]): string {
  return members.map(({ path, why }) => `${path}: ${why}`).join("; ");
}
