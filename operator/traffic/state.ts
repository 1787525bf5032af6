import type { KubeObject, ResourceType, Service } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type { ServiceRegistry } from "#model/generated/types.generated.ts";
import type { Exposure } from "#lib/config-members.ts";
import type { TrafficDefinition } from "#lib/ecs/traffic/rules.ts";
import type { HostAlias } from "../pod/kubernetes-types.ts";

/** Why traffic cannot be brought to a service until something changes; `reason` is that of its `Stalled` condition. */
export interface TrafficProblem {
  readonly reason: string;
  readonly message: string;
}

/** A registry of a service, resolved. */
export interface FoundRegistry {
  readonly registry: ServiceRegistry;
  /** `<Cloud Map service>.<namespace>` */
  readonly dnsName: string;
}

/** A name in a Service Connect namespace, and the address that it has. */
export interface Peer {
  readonly dnsName: string;
  readonly ip: string;
  /** Kubernetes namespace of the Service that has the address. */
  readonly namespace: string;
}

/** What the installation says about traffic. */
export interface TrafficSettings {
  readonly deregistrationDelaySeconds: number;
  readonly exposure: Exposure;
  readonly domain?: string | undefined;
  readonly ingressClass?: string | undefined;
  /** `namespace/name` or `namespace/name/listener` */
  readonly gateway?: string | undefined;
}

/** All that is known about how one service is to get traffic: plain data. */
export interface TrafficState {
  readonly service: ECSService;
  readonly definition: TrafficDefinition;
  readonly settings: TrafficSettings;
  /** Name of the Service Connect namespace. */
  readonly namespace?: string | undefined;
  readonly registries: readonly FoundRegistry[];
  /** A reference that leads nowhere. */
  readonly unresolved?: TrafficProblem | undefined;
  /** By target group's Service or registry's ARN: all services that stand behind it here, oldest first. */
  readonly sharers: ReadonlyMap<string, readonly ECSService[]>;
  /** Of each Pod of the service that lives, the names of its ports. */
  readonly podPortNames: readonly ReadonlySet<string>[];
  /** What other services offer in the Service Connect namespace. */
  readonly peers: readonly Peer[];
}

/** Something that is made for a service's traffic. */
export interface Child<T extends KubeObject = KubeObject> {
  readonly resource: ResourceType;
  readonly object: T;
}

/** What brings traffic to a service's tasks, and what their Pods need for it. */
export interface TrafficPlan {
  readonly services: readonly Service[];
  /** By the name of each Service for test traffic that of the one for production traffic, whose Pods it selects. */
  readonly tests: ReadonlyMap<string, string>;
  /** Ingresses and HTTPRoutes. */
  readonly routes: readonly Child[];
  /** The Pods' labels, by which the Services find them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names with addresses of other services, for the Pods' /etc/hosts. */
  readonly hosts: readonly HostAlias[];
  /** Name of the Service Connect namespace. */
  readonly connectNamespace?: string;
  /** Seconds between the end of new traffic and the signal to stop; 0 without traffic. */
  readonly drainSeconds: number;
  /** A part of it cannot be told: what it does not have may still be wanted. */
  readonly partial?: boolean;
}

export type Traffic = { readonly problem: TrafficProblem } | TrafficPlan;
