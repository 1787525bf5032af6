import { type Identity, parseArn, taskArn } from "#lib/ecs/arns.ts";
import { ANNOTATIONS, GROUP, LABELS } from "#lib/ecs/labels.ts";
import { taskIdOfPod } from "#lib/ecs/names.ts";
import type { KubeObject, Pod } from "#lib/kube/resources.ts";
import { KUBERNETES_KINDS, type KubernetesObject } from "./kubernetes-kinds.ts";
import type { ObjectChange } from "./object-change.ts";
import { summaryOf } from "./kubernetes-summary.ts";
import type { RowOf } from "./tables.ts";

/** A row of `kubernetes_history` that has no place yet. */
export type KubernetesRow = Omit<RowOf<"kubernetes_history">, "position">;

/** What an object belongs to. */
export type Belonging = Pick<KubernetesRow, "arn" | "service_arn" | "about_kind" | "about_uid">;

/** Annotations that repeat what is elsewhere, at length. */
const DROPPED_ANNOTATIONS: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  ANNOTATIONS.logRouterConfig,
]);

/** Whether a change of the object is kept: of Events those about kinds that are ours, or may be. */
export function isKept(object: KubernetesObject): boolean {
  if (object.kind !== "Event") return true;
  const { kind = "", apiVersion = "", uid } = object.involvedObject;
  if (uid === undefined) return false;
  return apiVersion.startsWith(`${GROUP}/`) || (kind in KUBERNETES_KINDS && kind !== "Event");
}

/**
 * One change as a row, with the whole object: without managedFields, and without values of environment variables,
 * which may be anybody's secrets; the task definition has those that are not.
 */
export function kubernetesRow(object: KubernetesObject, change: ObjectChange, identity: Identity): KubernetesRow {
  const { metadata = {} } = object;
  // When an Event expires, all has been said.
  const silent = object.kind === "Event" && change.type === "DELETED";
  const spec = "spec" in object ? withoutValues(object.spec) : undefined;
  return {
    kind: object.kind,
    uid: metadata.uid ?? "",
    resource_version: change.resourceVersion,
    change: change.type,
    source: change.source,
    changed_at: change.at,
    namespace: metadata.namespace,
    name: metadata.name ?? "",
    ...belongingOf(object, identity),
    summary: silent ? undefined : summaryOf(object),
    object: silent ? undefined : JSON.stringify(lean(object)),
    spec: spec === undefined ? undefined : JSON.stringify(spec),
  };
}

function belongingOf(object: KubernetesObject, identity: Identity): Belonging {
  const { uid = "", annotations = {} } = object.metadata ?? {};
  if (object.kind === "Event") {
    const { involvedObject } = object;
    const of = { about_kind: involvedObject.kind ?? "", about_uid: involvedObject.uid ?? "" };
    return { arn: undefined, service_arn: undefined, ...of };
  }
  const service = annotations[ANNOTATIONS.serviceArn];
  const arn = object.kind === "Pod" ? taskArnOf(object, identity) : service;
  return { arn, service_arn: service, about_kind: object.kind, about_uid: uid };
}

/** The operator writes the ARN on Pods of RunTask; of a service's, which share one template, it follows from the uid. */
function taskArnOf({ metadata = {} }: Pod, identity: Identity): string | undefined {
  const { annotations = {}, labels = {}, uid = "" } = metadata;
  const cluster = parseArn(annotations[ANNOTATIONS.clusterArn] ?? "")?.path[0];
  const told = annotations[ANNOTATIONS.taskArn];
  if (told !== undefined || cluster === undefined) return told;
  return labels[LABELS.service] === undefined ? undefined : taskArn(identity, cluster, taskIdOfPod(uid));
}

function lean(object: KubeObject): object {
  const { metadata = {}, ...rest } = object as KubeObject & { metadata?: object; spec?: unknown };
  const { spec: _spec, apiVersion: _version, ...said } = rest;
  const lasting = Object.entries(metadata).flatMap(([member, value]): [string, unknown][] => {
    if (member === "managedFields") return [];
    return member === "annotations" ? [[member, keptAnnotations(value as Record<string, string>)]] : [[member, value]];
  });
  return { ...said, metadata: Object.fromEntries(lasting) };
}

function keptAnnotations(annotations: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !DROPPED_ANNOTATIONS.has(name)));
}

/** A spec, or a template's in it, whose containers' variables have names and references alone. */
function withoutValues(spec: object | undefined): object | undefined {
  if (spec === undefined) return undefined;
  const entries = Object.entries(spec as Record<string, unknown>).map(([member, value]): [string, unknown] => {
    if (member === "template") return [member, withoutValuesInTemplate(value as { spec?: object })];
    return CONTAINERS.has(member) ? [member, (value as Container[]).map(withoutVariables)] : [member, value];
  });
  return Object.fromEntries(entries);
}

const CONTAINERS: ReadonlySet<string> = new Set(["containers", "initContainers", "ephemeralContainers"]);

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

function withoutVariables(container: Container): Container {
  if (container.env === undefined) return container;
  return { ...container, env: container.env.map(({ value: _value, ...variable }) => variable) };
}

function withoutValuesInTemplate({ spec, ...rest }: { spec?: object }): object {
  const { metadata } = rest as { metadata?: { annotations?: Record<string, string> } };
  const annotations = metadata?.annotations;
  return {
    ...rest,
    ...(annotations && { metadata: { ...metadata, annotations: keptAnnotations(annotations) } }),
    spec: withoutValues(spec),
  };
}
