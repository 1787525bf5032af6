/** What a container's image came to when the task, or the deployment that it is of, began. */
export interface ContainerImage {
  /** The image of the task definition, with a digest where its tag was resolved. */
  readonly image: string;
  readonly imagePullPolicy: "IfNotPresent" | "Always";
}

/** By the name that the container has in the task definition. */
export type ContainerImages = ReadonlyMap<string, ContainerImage>;

/** A container's image; the node's own copy first where nothing more is known. */
export function imageOf(
  { name, image = "" }: { readonly name: string; readonly image?: string },
  images: ContainerImages | undefined,
): ContainerImage {
  return images?.get(name) ?? { image, imagePullPolicy: "IfNotPresent" };
}
