import { invalidParameter } from "#lib/errors.ts";

/** What a message has to contain: every term of `all`, one of `any` where there are some, none of `none`. */
export interface FilterTerms {
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly none: readonly string[];
}

const TERM = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?:\s+|$)/y;

/**
 * A filter pattern of terms: `term`, `"a phrase"`, `?either ?or`, `-without`. Terms are matched as they are written,
 * anywhere in the message. Beside other terms those with `?` count for nothing.
 * @throws EcsError InvalidParameterException for patterns of JSON, of columns and regular expressions, and broken ones
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function parseFilterPattern(pattern: string): FilterTerms {
  const text = pattern.trim();
  refuseOtherKinds(text);
  const terms = { all: new Array<string>(), any: new Array<string>(), none: new Array<string>() };
  for (let index = 0; index < text.length;) {
    TERM.lastIndex = index;
    const [part, sign, quoted, plain] = TERM.exec(text) ?? [];
    const term = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain;
    if (part === undefined || !term) throw invalidParameter(`Invalid character(s) in term '${text.slice(index)}'`);
    (sign === "?" ? terms.any : sign === "-" ? terms.none : terms.all).push(term);
    index += part.length;
  }
  return terms.all.length + terms.none.length > 0 ? { ...terms, any: [] } : terms;
}

function refuseOtherKinds(text: string): void {
  const kinds = { "{": "JSON", "[": "columns", "%": "regular expressions" };
  const kind = kinds[text[0] as keyof typeof kinds];
  if (kind !== undefined) {
    throw invalidParameter(
      `KECS does not support filter patterns of ${kind}; use terms, "phrases", ?either and -without.`,
    );
  }
}
