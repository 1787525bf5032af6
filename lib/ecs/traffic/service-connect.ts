import type {
  ContainerDefinition,
  Deployment,
  PortMapping,
  ServiceConnectConfiguration,
  ServiceConnectService,
} from "#model/generated/types.generated.ts";
import type { Identity } from "../arns.ts";
import { connectServiceId, discoveryServiceArn, isConnected } from "./discovery.ts";

/** A name and port by which clients of a namespace reach a port of a service's containers. */
export interface ConnectEndpoint {
  readonly discoveryName: string;
  /** Lower case; `<discovery name>.<namespace>` where the configuration names no other. */
  readonly dnsName: string;
  readonly port: number;
  readonly containerPort: number;
  readonly protocol: "TCP" | "UDP";
  /** As Kubernetes spells it. */
  readonly appProtocol?: string;
}

/** @see https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol */
const APP_PROTOCOLS: Readonly<Record<string, string>> = {
  http: "http",
  http2: "kubernetes.io/h2c",
  grpc: "kubernetes.io/h2c",
};

/** The port mapping of that name, in whichever container. */
export function namedPort(
  containers: readonly Pick<ContainerDefinition, "portMappings">[],
  name: string,
): PortMapping | undefined {
  return containers.flatMap(({ portMappings = [] }) => portMappings).find((mapping) => mapping.name === name);
}

export function discoveryNameOf({ discoveryName, portName }: ServiceConnectService): string {
  return discoveryName ?? portName;
}

/**
 * What a service offers in its Service Connect namespace; ports that the task definition does not have are left out.
 * @param namespace its name
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
 */
export function connectEndpoints(
  configuration: ServiceConnectConfiguration | undefined,
  namespace: string,
  containers: readonly Pick<ContainerDefinition, "portMappings">[],
): ConnectEndpoint[] {
  if (!isConnected(configuration)) return [];
  return (configuration.services ?? []).flatMap((service) => {
    const { containerPort, protocol, appProtocol } = namedPort(containers, service.portName) ?? {};
    if (containerPort === undefined) return [];
    const discoveryName = discoveryNameOf(service);
    const [alias] = service.clientAliases ?? [];
    const translated = appProtocol && APP_PROTOCOLS[appProtocol];
    return [
      {
        discoveryName,
        dnsName: (alias?.dnsName ?? `${discoveryName}.${namespace}`).toLowerCase(),
        port: alias?.port ?? containerPort,
        containerPort,
        protocol: protocol === "udp" ? ("UDP" as const) : ("TCP" as const),
        ...(translated !== undefined && { appProtocol: translated }),
      },
    ];
  });
}

/**
 * What `deployments[]` says of Service Connect.
 * @param namespace the namespace's name, where it is known
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
export function connectDeployment(
  configuration: ServiceConnectConfiguration | undefined,
  namespace: string | undefined,
  identity: Identity,
): Pick<Deployment, "serviceConnectConfiguration" | "serviceConnectResources"> {
  if (!isConnected(configuration)) return {};
  const shown = configuration.namespace ?? namespace;
  const services = configuration.services ?? [];
  return {
    serviceConnectConfiguration: { ...configuration, ...(shown !== undefined && { namespace: shown }) },
    ...(services.length > 0 && {
      serviceConnectResources: services.map(discoveryNameOf).map((discoveryName) => ({
        discoveryName,
        discoveryArn: discoveryServiceArn(identity, connectServiceId(namespace ?? shown ?? "", discoveryName)),
      })),
    }),
  };
}
