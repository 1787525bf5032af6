import { InvalidExpression } from "./invalid-expression.ts";

/** A piece of an expression; `text` is what stands between the quotes of a quoted one. */
export interface Token {
  readonly kind: "word" | "quoted" | "symbol" | "pattern";
  readonly text: string;
}

const SYMBOL = /^(&&|\|\||==|!=|=~|!~|>=|<=|[><!()[\],])/;
const WORD = /^[^\s()[\],=!<>&|'"]+/;
const QUOTED = /^(?:"([^"]*)"|'([^']*)')/;
const MATCHES = /^(=~|!~|matches|not_matches)$/i;

/**
 * The tokens of an expression. After a pattern operator stands a pattern: up to the next space, or to the parenthesis
 * that closes one opened before it.
 * @throws InvalidExpression
 */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = expression.trimStart(); rest !== "";) {
    const last = tokens.at(-1);
    const isPattern = last !== undefined && last.kind !== "quoted" && MATCHES.test(last.text);
    const { token, length } = next(rest, isPattern);
    tokens.push(token);
    rest = rest.slice(length).trimStart();
  }
  return tokens;
}

function next(rest: string, isPattern: boolean): { token: Token; length: number } {
  const quoted = QUOTED.exec(rest);
  if (quoted) return { token: { kind: "quoted", text: quoted[1] ?? quoted[2] ?? "" }, length: quoted[0].length };
  if (isPattern) {
    const text = rest.slice(0, patternLength(rest));
    if (text !== "") return { token: { kind: "pattern", text }, length: text.length };
  }
  const symbol = SYMBOL.exec(rest)?.[0];
  if (symbol !== undefined) return { token: { kind: "symbol", text: symbol }, length: symbol.length };
  const word = WORD.exec(rest)?.[0];
  if (word === undefined) throw new InvalidExpression(`unexpected ${rest.slice(0, 1)}`);
  return { token: { kind: "word", text: word }, length: word.length };
}

function patternLength(rest: string): number {
  let depth = 0;
  for (let at = 0; at < rest.length; at += 1) {
    const character = rest[at] ?? "";
    if (/\s/.test(character)) return at;
    if (character === "\\") at += 1;
    else if (character === "(") depth += 1;
    else if (character === ")" && --depth < 0) return at;
  }
  return rest.length;
}
