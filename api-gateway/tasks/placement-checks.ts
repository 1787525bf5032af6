import { placementProblems, type PlacementWish, UNPLANNABLE, unplannable } from "#lib/ecs/placement/rules.ts";
import { invalidParameter, unsupportedFeature } from "#lib/errors.ts";
import type { LaunchType, TaskDefinition } from "#model/generated/types.generated.ts";

/**
 * Checks what a call says about placement.
 * @throws EcsError `InvalidParameterException`, in ECS's wording.
 */
export function checkPlacement(wish: PlacementWish, launchType?: LaunchType): void {
  const [problem] = placementProblems(wish, launchType);
  if (problem !== undefined) throw invalidParameter(problem);
}

/**
 * Checks that a service's tasks can follow the constraints of its task definition.
 * @throws EcsError `UnsupportedFeatureException`
 */
export function checkDefinitionPlacement({ placementConstraints = [] }: TaskDefinition): void {
  if (unplannable(placementConstraints) !== undefined) {
    throw unsupportedFeature(`taskDefinition.placementConstraints: ${UNPLANNABLE}`);
  }
}
