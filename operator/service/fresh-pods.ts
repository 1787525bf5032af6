import { type Pod, RESOURCE } from "#lib/kube/resources.ts";
import type { ECSService } from "#model/generated/resources.generated.ts";
import type { Deps } from "../deps.ts";
import { selectorOf, selectorText } from "./names.ts";

/** The Pods of a service's tasks as the API server has them now. */
export async function freshPods(
  service: ECSService,
  { kube }: Pick<Deps, "kube">,
  signal: AbortSignal,
): Promise<Pod[]> {
  const { namespace = "" } = service.metadata;
  const options = { namespace, labelSelector: selectorText(selectorOf(service)), signal };
  return (await kube.list<Pod>(RESOURCE.pods, options)).items;
}
