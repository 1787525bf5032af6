/** Numeric ids of a container's `user`. */
export interface UserIds {
  readonly uid: number;
  readonly gid?: number;
}

/**
 * `uid`, `uid:gid` or `root[:root]` as numbers.
 * @returns undefined for other names: only the image could say their number, and Kubernetes does not ask it.
 */
export function parseUser(user: string): UserIds | undefined {
  const match = /^(\d+|root)(?::(\d+|root))?$/.exec(user);
  if (!match) return undefined;
  const uid = idOf(match[1] ?? "");
  return match[2] === undefined ? { uid } : { uid, gid: idOf(match[2]) };
}

const idOf = (text: string): number => (text === "root" ? 0 : Number(text));
