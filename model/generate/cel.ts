/**
 * Words that a member of an object cannot be called in CEL without being escaped.
 * @see https://kubernetes.io/docs/reference/using-api/cel/#escaping
 */
const reserved: ReadonlySet<string> = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** The path of a spec's member as `fieldPath` takes it. */
export function celMember(name: string): string {
  return `.${name}`;
}

/** A rule that refuses any change of a member, also its coming and going. */
export function immutability(name: string, required: boolean, advice: string | undefined): Record<string, string> {
  const escaped = reserved.has(name) ? `__${name}__` : name;
  const same = `self.${escaped} == oldSelf.${escaped}`;
  return {
    rule: required ? same : `has(self.${escaped}) == has(oldSelf.${escaped}) && (!has(self.${escaped}) || ${same})`,
    message: `${name} cannot be changed${advice === undefined ? "" : `: ${advice}`}.`,
    fieldPath: celMember(name),
  };
}
