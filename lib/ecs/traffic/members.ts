import { type MemberTable, refuse } from "../member-support.ts";

/**
 * Members about traffic that ask for what is not offered: where ECS puts a proxy beside the containers, Kubernetes
 * brings the traffic to them itself. `logConfiguration` is of that proxy's output, of which there is none.
 */
export const TRAFFIC_MEMBERS: MemberTable = {
  "serviceConnectConfiguration.services[].ingressPortOverride": refuse(
    "there is no proxy whose port could be another one; use the containerPort",
  ),
  "serviceConnectConfiguration.services[].timeout": refuse("timeouts of Service Connect are not supported"),
  "serviceConnectConfiguration.services[].tls": refuse("TLS of Service Connect is not supported"),
  "serviceConnectConfiguration.services[].clientAliases[].testTrafficRules": refuse(
    "there is no proxy that would tell test traffic by its headers; give a hook the addresses of the new tasks, or use an alternate target group",
  ),
  "serviceConnectConfiguration.accessLogConfiguration": refuse("access logs of Service Connect are not supported"),
  "serviceConnectConfiguration.containerConfigurations": refuse("there is no proxy container to configure"),
};
