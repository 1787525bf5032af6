import type * as client from "@kubernetes/client-node";
import type { Wire } from "#lib/kube/resources.ts";

// Parts of a Pod as they are on the wire.
export type Capabilities = Wire<client.V1Capabilities>;
export type Container = Wire<client.V1Container>;
export type ContainerPort = Wire<client.V1ContainerPort>;
export type EnvFromSource = Wire<client.V1EnvFromSource>;
export type EnvVar = Wire<client.V1EnvVar>;
export type HostAlias = Wire<client.V1HostAlias>;
export type NodeSelectorTerm = Wire<client.V1NodeSelectorTerm>;
export type PodSecurityContext = Wire<client.V1PodSecurityContext>;
export type PodSpec = Wire<client.V1PodSpec>;
export type Probe = Wire<client.V1Probe>;
export type ResourceRequirements = Wire<client.V1ResourceRequirements>;
export type SecurityContext = Wire<client.V1SecurityContext>;
export type Sysctl = Wire<client.V1Sysctl>;
export type TopologySpreadConstraint = Wire<client.V1TopologySpreadConstraint>;
export type Volume = Wire<client.V1Volume>;
export type VolumeMount = Wire<client.V1VolumeMount>;
