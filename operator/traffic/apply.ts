import { ANNOTATIONS, LABELS, MANAGED_BY } from "#lib/ecs/labels.ts";
import { sharedNames } from "./shared-names.ts";
import { applyChild, NotOwnedError } from "#lib/kube/apply.ts";
import { isInvalid, isNotFound } from "#lib/kube/errors.ts";
import { isDeleting } from "#lib/kube/finalizers.ts";
import { controllerOf } from "#lib/kube/owners.ts";
import { type KubeObject, keyOf, RESOURCE, refOf, type ResourceType, type Service } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { RESOURCES } from "#model/generated/resources.generated.ts";
import { type Deps, INDEX } from "../deps.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Child, TrafficPlan, TrafficProblem } from "./state.ts";

type Context = { readonly deps: Deps; readonly signal: AbortSignal };

const ROUTES: Readonly<Record<string, ResourceType>> = { Ingress: RESOURCE.ingresses, Gateway: RESOURCE.httproutes };

/**
 * Makes a service's Services and routes as they should be, and removes what is no longer asked for.
 * @returns what only a change by someone can cure; the rest is applied nevertheless
 */
export async function applyTraffic(
  service: ECSService,
  plan: TrafficPlan,
  deps: Deps,
  signal: AbortSignal,
): Promise<TrafficProblem | undefined> {
  const { kubeServices } = deps.informers;
  const problems: TrafficProblem[] = [];
  for (const object of plan.services) {
    const existing = kubeServices.get(object.metadata?.namespace, object.metadata?.name ?? "");
    const child = { resource: RESOURCE.services, object };
    const problem = await applyOne(child, existing, { deps, signal });
    if (problem) problems.push(problem);
    else if (existing) await removeStaleRoute(existing, object, { deps, signal });
  }
  for (const route of plan.routes) {
    const problem = await applyOne(route, undefined, { deps, signal });
    if (problem) problems.push(problem);
  }
  if (plan.partial !== true) await prune(service, plan, { deps, signal });
  return problems[0];
}

async function applyOne(
  child: Child,
  cached: KubeObject | undefined,
  { deps, signal }: Context,
): Promise<TrafficProblem | undefined> {
  const { resource, object } = child;
  try {
    const existing = cached ?? (await find(child, { deps, signal }));
    if (existing && !isOurs(existing, object)) throw new NotOwnedError(resource, existing);
    await applyChild(deps.kube, resource, object, { fieldManager: FIELD_MANAGER, existing, signal });
    return undefined;
  } catch (error) {
    if (error instanceof NotOwnedError) return { reason: "NotOwned", message: error.message };
    if (isInvalid(error)) return { reason: "TrafficRefused", message: error.message };
    if (isNotFound(error) && resource === RESOURCE.httproutes) {
      const message = "This Kubernetes has no Gateway API (HTTPRoute, gateway.networking.k8s.io/v1): install its CRDs.";
      return { reason: "GatewayApiMissing", message };
    }
    throw error;
  }
}

async function find({ resource, object }: Child, { deps, signal }: Context): Promise<KubeObject | undefined> {
  try {
    return await deps.kube.get(resource, refOf(object), { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What services share has no controller: it is ours when it is so labelled and some ECSService owns it. */
function isOurs(existing: KubeObject, wanted: KubeObject): boolean {
  const controller = controllerOf(wanted);
  if (controller !== undefined) return controllerOf(existing)?.uid === controller.uid;
  const { labels, ownerReferences = [] } = existing.metadata ?? {};
  return (
    controllerOf(existing) === undefined &&
    labels?.[LABELS.managedBy] === MANAGED_BY &&
    ownerReferences.some(({ kind }) => kind === RESOURCES.ECSService.kind) &&
    !isOfAnotherRegistry(existing, wanted)
  );
}

/** Another registry's DNS name may come to the same Kubernetes name; one that was replaced has our owners still. */
function isOfAnotherRegistry(existing: KubeObject, wanted: KubeObject): boolean {
  const [its, ours] = [existing, wanted].map(({ metadata }) => metadata?.annotations?.[ANNOTATIONS.registryArn]);
  if (its === ours || ours === undefined) return false;
  const owners = new Set(wanted.metadata?.ownerReferences?.map(({ uid }) => uid));
  return existing.metadata?.ownerReferences?.some(({ uid }) => !owners.has(uid)) === true;
}

/** The Ingress or HTTPRoute of a target group that is to be reached in another way now. */
async function removeStaleRoute(existing: Service, wanted: Service, context: Context): Promise<void> {
  const before = exposureOf(existing);
  if (before !== exposureOf(wanted)) await removeRoute(existing, before, context);
}

const exposureOf = ({ metadata }: Service): string => metadata?.annotations?.[ANNOTATIONS.exposure] ?? "";

async function removeRoute(of: Service, exposure: string, context: Context): Promise<void> {
  const resource = ROUTES[exposure];
  if (resource === undefined) return;
  const object = { metadata: { name: of.metadata?.name ?? "", namespace: of.metadata?.namespace ?? "" } };
  const route = await find({ resource, object }, context);
  if (route && isOurs(route, object)) await remove({ resource, object: route }, context);
}

/** Removes the Services that the service no longer asks for, but those that others still stand behind. */
async function prune(service: ECSService, { services }: TrafficPlan, context: Context): Promise<void> {
  const { informers } = context.deps;
  const wanted = new Set(services.map((each) => keyOf(refOf(each))));
  for (const existing of informers.kubeServices.byIndex(INDEX.anyOwner, service.metadata.uid ?? "")) {
    if (wanted.has(keyOf(refOf(existing))) || isDeleting(existing) || hasOthers(existing, service, context)) continue;
    await removeRoute(existing, exposureOf(existing), context);
    await remove({ resource: RESOURCE.services, object: existing }, context);
  }
}

/** Whether another service still asks for a shared Service: it will take the owner that left out of it. */
function hasOthers(existing: Service, { metadata }: ECSService, { deps }: Context): boolean {
  const { namespace = "", name: own = "", ownerReferences = [], annotations } = existing.metadata ?? {};
  const sharedName = annotations?.[ANNOTATIONS.registryArn] ?? `${namespace}/${own}`;
  return ownerReferences.some(({ uid, name }) => {
    const owner = uid === metadata.uid ? undefined : deps.informers.services.get(namespace, name);
    return (
      owner !== undefined && owner.metadata.uid === uid && !isDeleting(owner) && sharedNames(owner).includes(sharedName)
    );
  });
}

async function remove({ resource, object }: Child, { deps, signal }: Context): Promise<void> {
  const uid = object.metadata?.uid;
  try {
    await deps.kube.delete(resource, refOf(object), { ...(uid !== undefined && { uid }), signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
