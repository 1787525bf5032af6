/** An image's name as containerd reads it. */
export interface ImageReference {
  /** Registry with its port, such as `docker.io` or `127.0.0.1:5000`. */
  readonly registry: string;
  /** Path in the registry, such as `library/nginx`. */
  readonly repository: string;
  /** `latest` where the name has neither tag nor digest. */
  readonly tag?: string;
  readonly digest?: string;
}

const DOCKER_HUB = "docker.io";
const HOST =
  /^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(\.([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*(:\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads an image's name; undefined where it is none. A name without a registry is Docker Hub's, one without a path
 * there is of its official images.
 * @see https://github.com/distribution/reference/blob/main/normalize.go
 */
export function parseReference(image: string): ImageReference | undefined {
  const at = image.indexOf("@");
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const { registry, path } = splitRegistry(at < 0 ? image : image.slice(0, at));
  const { name, tag } = splitTag(path);
  const repository = registry === DOCKER_HUB && !name.includes("/") ? `library/${name}` : name;
  const fits = (pattern: RegExp, part: string | undefined) => part === undefined || pattern.test(part);
  if (!HOST.test(registry) || !REPOSITORY.test(repository) || !fits(TAG, tag) || !fits(DIGEST, digest))
    return undefined;
  if (digest === undefined) return { registry, repository, tag: tag ?? "latest" };
  return { registry, repository, digest, ...(tag !== undefined && { tag }) };
}

function splitRegistry(named: string): { registry: string; path: string } {
  const slash = named.indexOf("/");
  const first = named.slice(0, Math.max(slash, 0));
  const isHost = /[.:A-Z]/.test(first) || first === "localhost";
  if (!isHost) return { registry: DOCKER_HUB, path: named };
  return { registry: first === "index.docker.io" ? DOCKER_HUB : first, path: named.slice(slash + 1) };
}

function splitTag(path: string): { name: string; tag?: string } {
  const colon = path.lastIndexOf(":");
  return colon < 0 ? { name: path } : { name: path.slice(0, colon), tag: path.slice(colon + 1) };
}

/** True for Docker Hub's official images: all of them are public, so who may not see one would not see it with credentials either. */
export function isOfficial({ registry, repository }: ImageReference): boolean {
  return registry === DOCKER_HUB && repository.startsWith("library/");
}

/** True where a registry's address is the machine's own: such a one is spoken to without TLS, by containerd, too. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:\d+$/, "");
  return host === "localhost" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Where a registry's API is: that of Docker Hub has a name of its own. */
export function apiHost(registry: string): string {
  return registry === DOCKER_HUB ? "registry-1.docker.io" : registry;
}
