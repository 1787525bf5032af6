import type { LoadBalancer } from "#model/generated/types.generated.ts";
import { shortHash } from "../labels.ts";

const LABEL_MAX = 63;
/** Name of a Service; Kubernetes before 1.34 wants a letter first. */
const SERVICE_NAME = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_NAME = /^(?=.{1,127}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

/** Whether a name can be asked for in DNS: `api`, `api.internal`. */
export function isDnsName(name: string): boolean {
  return DNS_NAME.test(name);
}

/**
 * Name of the Kubernetes Service that stands for a name that clients ask for: the name itself where it has one part,
 * so that clients of the namespace find it without more; else with `-` for its dots. What is no name of a Service in
 * this form is lower-cased and gets a hash of the whole.
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
export function dnsServiceName(dnsName: string): string {
  return serviceObjectName(dnsName.replaceAll(".", "-"), dnsName);
}

/** Name of the Kubernetes Service of a registry: `sd-<name>`, with `-` for its dots. */
export function registryServiceName(dnsName: string): string {
  return dnsServiceName(`sd.${dnsName}`);
}

/** A target group's ARN in parts. */
export interface TargetGroup {
  readonly name: string;
  readonly id: string;
}

/** The target group of `arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<name>/<id>`. */
export function parseTargetGroup(arn: string): TargetGroup | undefined {
  const match =
    /^arn:aws[-a-z]*:elasticloadbalancing:[-a-z0-9]*:\d{12}:targetgroup\/([-A-Za-z0-9]{1,32})\/([0-9a-f]+)$/.exec(arn);
  return match?.[1] === undefined ? undefined : { name: match[1], id: match[2] ?? "" };
}

/** Name of the target group, or of the Classic Load Balancer, that a service registers with. */
export function targetGroupName({ targetGroupArn, loadBalancerName = "" }: LoadBalancer): string {
  return parseTargetGroup(targetGroupArn ?? "")?.name ?? loadBalancerName;
}

/**
 * Name of the Kubernetes Service of a target group: `tg-<name>`, of a Classic Load Balancer `lb-<name>`. The id is not in
 * it: a target group that is replaced by one of its name keeps its Service.
 */
export function targetGroupServiceName(loadBalancer: LoadBalancer): string {
  const prefix = loadBalancer.targetGroupArn === undefined ? "lb" : "tg";
  const name = targetGroupName(loadBalancer);
  return serviceObjectName(`${prefix}-${name}`, name);
}

/**
 * Name of the Kubernetes Service of the alternate target group of a load balancer, if it has one: that for test traffic.
 */
export function testServiceName({ advancedConfiguration }: LoadBalancer): string | undefined {
  const { alternateTargetGroupArn: targetGroupArn } = advancedConfiguration ?? {};
  return targetGroupArn === undefined ? undefined : targetGroupServiceName({ targetGroupArn });
}

/** Label of the Pods that get the traffic of the Kubernetes Service of that name, as soon as they are ready. */
export function trafficLabel(serviceName: string): string {
  return `traffic.kecs.io/${serviceName}`;
}

function serviceObjectName(wanted: string, whole: string): string {
  if (wanted.length <= LABEL_MAX && SERVICE_NAME.test(wanted)) return wanted;
  const safe = wanted.toLowerCase().replace(/[^-a-z0-9]/g, "-");
  const head = `${/^[a-z]/.test(safe) ? "" : "x-"}${safe}`.slice(0, LABEL_MAX - 9).replace(/-+$/, "");
  return `${head}-${shortHash(whole)}`;
}
