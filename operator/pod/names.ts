import { resourceName } from "#lib/ecs/names.ts";

/** Name in the Pod of an ECS container: itself where Kubernetes allows it. */
export function podContainerName(ecsName: string): string {
  return resourceName(ecsName);
}

/** Name in the Pod of a task definition's volume. */
export function podVolumeName(ecsName: string): string {
  return resourceName(ecsName);
}
