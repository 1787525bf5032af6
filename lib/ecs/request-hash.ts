import { contentHash } from "#lib/kube/apply.ts";

/**
 * Hash of a call's input without its `clientToken`: the same for two calls that ask for the same thing, in whatever
 * order their members came.
 */
export function requestHash(input: object): string {
  const { clientToken: _, ...rest } = input as { clientToken?: unknown };
  return contentHash(rest);
}
