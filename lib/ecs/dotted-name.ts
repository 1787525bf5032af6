import { shortHash } from "./labels.ts";

/**
 * Name of a Kubernetes object that is kept beside tasks for something of AWS: `<kind>.<path with dots>`. A path that is
 * no DNS name in this form is lower-cased and gets a hash of the whole behind it, so that no two become the same.
 */
export function dottedName(kind: string, path: string): string {
  const name = path.replace(/^\/+/, "");
  const dotted = name.replaceAll("/", ".");
  if (!name.includes(".") && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(dotted)) {
    return `${kind}.${dotted}`;
  }
  const safe = dotted
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${kind}.${safe.slice(0, 200)}-${shortHash(name)}`;
}
