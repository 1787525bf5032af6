import type { Deployment, Pod } from "#lib/kube/resources.ts";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import type { Deps } from "../deps.ts";
import type { ContainerImage, ContainerImages } from "../pod/image.ts";
import type { Resolution, Wish } from "./resolver.ts";

type Caches = Pick<Deps["informers"], "pods" | "deployments">;

/**
 * What the images of containers come to now, as on ECS: what the registry has, or the copy of a node where it does
 * not answer.
 */
export async function containerImages(
  containers: readonly ContainerDefinition[],
  wish: Wish,
  { images, informers }: { readonly images: Deps["images"]; readonly informers: Caches },
): Promise<ContainerImages> {
  const resolved = containers.map(async (container): Promise<[string, ContainerImage]> => {
    const { name = "", image = "", repositoryCredentials } = container;
    // The operator reads no Secrets: only the node can log in.
    const resolution = repositoryCredentials ? ({ kind: "denied" } as const) : await images.resolve(image, wish);
    const last = () => images.lastDigest(image) ?? lastPinned(image, informers);
    return [name, usedImage(container, resolution, last)];
  });
  return new Map(await Promise.all(resolved));
}

/**
 * The image that a container is given, and whether its node pulls it even if it has one of that name.
 *
 * A node keeps what it pulled by digest under that digest alone. So where a registry does not answer, what runs is the
 * digest that the tag named before: by its tag the node would not find its own copy.
 * @param lastDigest the digest that the tag was last seen to name
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html ECS_IMAGE_PULL_BEHAVIOR
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html versionConsistency
 */
export function usedImage(
  { image = "", versionConsistency }: ContainerDefinition,
  resolution: Resolution,
  lastDigest: () => string | undefined,
): ContainerImage {
  const byTag = versionConsistency === "disabled";
  switch (resolution.kind) {
    case "denied":
      return { image, imagePullPolicy: "Always" };
    case "digest":
      return byTag ? { image, imagePullPolicy: "Always" } : pinned(image, resolution.digest);
    case "unasked":
      return pinned(image, undefined);
    default:
      return pinned(image, byTag ? undefined : lastDigest());
  }
}

function pinned(image: string, digest: string | undefined): ContainerImage {
  return { image: digest === undefined ? image : `${image}@${digest}`, imagePullPolicy: "IfNotPresent" };
}

/** The digest of an image's tag that the newest Pod or Deployment of ours runs: known after a restart, too. */
function lastPinned(image: string, { pods, deployments }: Caches): string | undefined {
  const found = [
    ...pods.list().flatMap((pod) => pinsOf(pod, pod.spec, image)),
    ...deployments.list().flatMap((deployment) => pinsOf(deployment, deployment.spec?.template.spec, image)),
  ];
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]?.digest;
}

function pinsOf(
  { metadata }: Pod | Deployment,
  spec: Pod["spec"],
  image: string,
): { digest: string; createdAt: string }[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
    .filter((container) => container.image?.startsWith(`${image}@`))
    .map((container) => ({
      digest: container.image?.slice(image.length + 1) ?? "",
      createdAt: metadata?.creationTimestamp ?? "",
    }));
}
