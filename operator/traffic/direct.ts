import { isBeforeScaleUp, type Lifecycle } from "#lib/ecs/lifecycle.ts";
import { LABELS, shortHash } from "#lib/ecs/labels.ts";
import type { Rollout } from "#lib/ecs/rollout.ts";
import type { Service } from "#lib/kube/resources.ts";
import { type HttpRoute, isHttpRoute } from "./exposure.ts";
import type { Child, TrafficPlan } from "./state.ts";

/** A service deployment that shifts traffic, and how the service revision before it gets its own. */
export interface Shift {
  readonly rollout: Rollout & { readonly lifecycle: Lifecycle };
  /** Absent where there is none before it, or that is not known. */
  readonly before: TrafficPlan | undefined;
}

/** Service revisions are told from each other by their Pods' deployment. */
const revision = (digits: string): Record<string, string> => ({ [LABELS.deployment]: digits });

/**
 * The plan with traffic directed to the service revisions that a deployment has it directed to: each Service selects the
 * Pods of one revision in addition, or, between two steps of a shift, those that were chosen for their share. As long as
 * production traffic is not the new revision's alone, what brings it is as the revision before it asks for.
 */
export function directed(plan: TrafficPlan, shift: Shift): TrafficPlan {
  const { lifecycle, deployment } = shift.rollout;
  const before = lifecycle.production < 100 ? shift.before : undefined;
  const ofBefore = before?.services.filter(({ metadata }) => !before.tests.has(metadata?.name ?? "")) ?? [];
  const tests = plan.services.filter(({ metadata }) => plan.tests.has(metadata?.name ?? ""));
  const production = plan.services.filter((each) => !tests.includes(each));
  const own = production.filter(({ metadata }) => !ofBefore.some((each) => each.metadata?.name === metadata?.name));
  const source = lifecycle.source ?? deployment;
  const services = [
    ...[...ofBefore, ...own].map((each) => selecting(each, productionOf(shift.rollout))),
    ...tests.map((each) => selecting(each, revision(lifecycle.test === 100 ? deployment : source))),
  ];
  const routes = [...plan.routes, ...missing(before?.routes ?? [], plan.routes)];
  return weighted({ ...plan, services, routes }, shift.rollout);
}

const missing = (routes: readonly Child[], present: readonly Child[]): Child[] =>
  routes.filter(({ object }) => !present.some((each) => each.object.metadata?.name === object.metadata?.name));

/** Labels of the Pods that production traffic comes to, besides those by which a Service finds the service's. */
function productionOf({ id, deployment, lifecycle }: Shift["rollout"]): Record<string, string> {
  const { production, source } = lifecycle;
  if (production === 100 || source === undefined) return revision(deployment);
  return production === 0 ? revision(source) : { [LABELS.trafficShare]: id };
}

function selecting(service: Service, labels: Readonly<Record<string, string>>): Service {
  const { spec } = service;
  return { ...service, spec: { ...spec, selector: { ...spec?.selector, ...labels } } };
}

/**
 * HTTPRoutes share traffic out exactly: between two Services, each with one revision's Pods. These are there before the
 * first step, so that they have addresses by then.
 */
function weighted(plan: TrafficPlan, { status, deployment, lifecycle }: Shift["rollout"]): TrafficPlan {
  const { strategy, source, stage, production } = lifecycle;
  const shifts = status === "IN_PROGRESS" && stage !== "CLEAN_UP" && !isBeforeScaleUp(lifecycle);
  if (!shifts || strategy === "BLUE_GREEN" || source === undefined) return plan;
  const shares = [
    { digits: source, weight: Math.round((100 - production) * 10) },
    { digits: deployment, weight: Math.round(production * 10) },
  ];
  const split = plan.routes.flatMap(({ object }) => (isHttpRoute(object) ? [object.metadata?.name ?? ""] : []));
  const shared = plan.services.filter(({ metadata }) => {
    const name = metadata?.name ?? "";
    return split.includes(name) && !plan.tests.has(name);
  });
  const routeOf = (child: Child): Child => {
    const { object } = child;
    const isShared = shared.some(({ metadata }) => metadata?.name === object.metadata?.name);
    return isHttpRoute(object) && isShared ? { ...child, object: between(object, shares) } : child;
  };
  return {
    ...plan,
    services: [...plan.services, ...shared.flatMap((each) => shares.map(({ digits }) => ofRevision(each, digits)))],
    routes: plan.routes.map(routeOf),
  };
}

interface Share {
  readonly digits: string;
  readonly weight: number;
}

function between(route: HttpRoute, shares: readonly Share[]): HttpRoute {
  const rules = route.spec.rules.map((rule) => ({
    ...rule,
    backendRefs: rule.backendRefs.flatMap(({ name, port }) =>
      shares.map(({ digits, weight }) => ({ name: nameOf(name, digits), port, weight })),
    ),
  }));
  return { ...route, spec: { ...route.spec, rules } };
}

/** The Service of a name with the Pods of one revision alone. */
function ofRevision({ metadata, spec, ...service }: Service, digits: string): Service {
  const { [LABELS.trafficShare]: _share, [LABELS.deployment]: _deployment, ...selector } = spec?.selector ?? {};
  const { annotations: _annotations, ...others } = metadata ?? {};
  return {
    ...service,
    metadata: { ...others, name: nameOf(metadata?.name ?? "", digits) },
    spec: { ...spec, type: "ClusterIP", selector: { ...selector, ...revision(digits) } },
  };
}

/** Within the 63 characters of a Service's name. */
function nameOf(service: string, digits: string): string {
  return `${service.slice(0, 54)}-${shortHash(`${service} ${digits}`)}`;
}
