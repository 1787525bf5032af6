import { type DescribedScalableTarget, SCALABLE } from "#lib/ecs/describe/scalable-target.ts";
import { scalingProblems } from "#lib/ecs/scaling/rules.ts";
import { EcsError, invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import { type ECSScalableTarget, type ECSScalableTargetSpec, RESOURCES } from "#model/generated/resources.generated.ts";
import type { Found } from "#projector/queries.ts";
import { updateSpec } from "../common/update-spec.ts";
import type { Call, Deps } from "../operation.ts";

/** What a call names a scalable target by. */
export interface Named {
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
}

/**
 * Checks that a call is about services of ECS.
 * @throws EcsError `UnsupportedFeatureException`, or `InvalidParameterException` for a resource id that is none
 */
export function checkNamespace(input: { ServiceNamespace: string; ScalableDimension?: string }): void {
  const { ServiceNamespace, ScalableDimension = SCALABLE.ScalableDimension } = input;
  if (ServiceNamespace !== SCALABLE.ServiceNamespace) {
    throw unsupportedFeature(`KECS does not support the service namespace ${ServiceNamespace}: only ecs.`);
  }
  if (ScalableDimension !== SCALABLE.ScalableDimension) {
    throw invalidParameter(
      `Unsupported service namespace, resource type or scalable dimension: ${ServiceNamespace}, ${ScalableDimension}`,
    );
  }
}

/** Cluster and service of `service/<cluster>/<service>`. @throws EcsError `InvalidParameterException` */
export function serviceOf(resourceId: string): { cluster: string; service: string } {
  const [, cluster, service] = /^service\/([^/]+)\/([^/]+)$/.exec(resourceId) ?? [];
  if (cluster === undefined || service === undefined) {
    throw invalidParameter(`Unsupported service namespace, resource type or scalable dimension: ecs, ${resourceId}`);
  }
  return { cluster, service };
}

export async function findScalableTarget(
  { queries }: Pick<Deps, "queries">,
  named: Named,
): Promise<Found<DescribedScalableTarget> | undefined> {
  checkNamespace(named);
  serviceOf(named.ResourceId);
  return (await queries.scalableTargets({ resourceIds: [named.ResourceId] }))[0];
}

/** @throws EcsError `ObjectNotFoundException` */
export async function requireScalableTarget(
  deps: Pick<Deps, "queries">,
  named: Named,
  what = "scalable target registered",
): Promise<Found<DescribedScalableTarget>> {
  const found = await findScalableTarget(deps, named);
  if (found === undefined) throw objectNotFound(what, named);
  return found;
}

/** There is no such thing of that service. */
export function objectNotFound(what: string, { ServiceNamespace, ResourceId, ScalableDimension }: Named): EcsError {
  const where = `service namespace: ${ServiceNamespace}, resource ID: ${ResourceId}, scalable dimension: ${ScalableDimension}`;
  return new EcsError("ObjectNotFoundException", `No ${what} for ${where}`);
}

/**
 * Changes a scalable target, wherever it lives and whoever made it.
 * @throws EcsError `InvalidParameterException` for what the operator could not act on
 */
export function updateScalableTarget(
  { ref }: Found<DescribedScalableTarget>,
  change: (spec: ECSScalableTargetSpec) => ECSScalableTargetSpec,
  deps: Deps,
  call: Call,
): Promise<ECSScalableTarget> {
  const checked = ({ spec }: ECSScalableTarget): ECSScalableTargetSpec => {
    const wanted = change(spec);
    checkScaling(wanted);
    return wanted;
  };
  return updateSpec<ECSScalableTarget>(deps, { resource: RESOURCES.ECSScalableTarget, ref, change: checked }, call);
}

/** @throws EcsError `InvalidParameterException` */
export function checkScaling(spec: ECSScalableTargetSpec): void {
  const [problem] = scalingProblems(spec);
  if (problem !== undefined) throw invalidParameter(problem);
}
