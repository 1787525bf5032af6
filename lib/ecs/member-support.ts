/** What becomes of a member of the ECS API: `does` says how it acts, `why` for which reason it is refused. */
export interface MemberSupport {
  /** What it becomes; the generated page of members shows it. */
  readonly does?: string;
  /** Begins in lower case; says what to do instead where there is something. */
  readonly why?: string;
  /** Which values are refused: any that is not empty or false, unless this says otherwise. */
  readonly asked?: (value: unknown) => boolean;
}

/** By the member's path, lists without an index (`containerDefinitions[].image`). Members below a path share its fate. */
export type MemberTable = Readonly<Record<string, MemberSupport>>;

/** Honoured, or a description that needs no act. */
export const acts = (does: string): MemberSupport => ({ does });

/** Refused, whatever it says or for the values that `asked` tells. */
export const refuse = (why: string, asked?: (value: unknown) => boolean): MemberSupport =>
  asked ? { why, asked } : { why };

/** Honoured but for some values. */
export const partly = (does: string, why: string, asked: (value: unknown) => boolean): MemberSupport => ({
  does,
  why,
  asked,
});

/** A check that the value is one of these. */
export const is =
  (...values: unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);

/** The value where it is text. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** A table whose paths lie below another one. */
export function below(prefix: string, members: MemberTable): MemberTable {
  return Object.fromEntries(Object.entries(members).map(([path, support]) => [`${prefix}.${path}`, support]));
}

/** A member that is valid ECS and not offered here, and why: what the caller is told. */
export interface UnsupportedMember {
  /** For example `deploymentConfiguration.strategy`. */
  readonly path: string;
  /** A sentence that begins in lower case and says what is to be done instead, where something is. */
  readonly why: string;
}
