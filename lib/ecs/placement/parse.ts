import type { Comparison, Expression, Subject, Test } from "./expression.ts";
import { InvalidExpression } from "./invalid-expression.ts";
import { compilePattern } from "./pattern.ts";
import { type Token, tokensOf } from "./tokens.ts";

interface Operator {
  readonly test: Test;
  readonly negated: boolean;
  /** Takes a list in brackets instead of one value. */
  readonly list?: boolean;
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...names(["==", "equals"], { test: "in", negated: false }),
  ...names(["!=", "not_equals"], { test: "in", negated: true }),
  ...names([">", "greater_than"], { test: ">", negated: false }),
  ...names([">=", "greater_than_equal"], { test: ">=", negated: false }),
  ...names(["<", "less_than"], { test: "<", negated: false }),
  ...names(["<=", "less_than_equal"], { test: "<=", negated: false }),
  ...names(["exists"], { test: "exists", negated: false }),
  ...names(["!exists", "not_exists"], { test: "exists", negated: true }),
  ...names(["in"], { test: "in", negated: false, list: true }),
  ...names(["!in", "not_in"], { test: "in", negated: true, list: true }),
  ...names(["=~", "matches"], { test: "matches", negated: false }),
  ...names(["!~", "not_matches"], { test: "matches", negated: true }),
]);

function names(all: readonly string[], operator: Operator): [string, Operator][] {
  return all.map((name) => [name, operator]);
}

const ORDER: readonly Test[] = [">", ">=", "<", "<="];
/** What may be asked of a subject that is no attribute. */
const TESTS: Readonly<Record<Exclude<Subject["kind"], "attribute">, readonly Test[]>> = {
  agentConnected: ["in", "matches"],
  agentVersion: ["in", ...ORDER],
  ec2InstanceId: ["in", "matches"],
  registeredAt: ["in", ...ORDER],
  runningTasksCount: ["in", ...ORDER],
  "task:group": ["in", "matches"],
};

/**
 * Reads an expression of the cluster query language.
 * @throws InvalidExpression when it is none.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */
export function parseExpression(text: string): Expression {
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.either();
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw new InvalidExpression(`unexpected ${rest.text}`);
    return expression;
  }

  private either(): Expression {
    return this.chain("or", "||", () => this.both());
  }

  private both(): Expression {
    return this.chain("and", "&&", () => this.unary());
  }

  private chain(kind: "and" | "or", symbol: string, part: () => Expression): Expression {
    const parts = [part()];
    while (this.takes(kind) || this.takes(symbol)) parts.push(part());
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : { kind, of: parts };
  }

  private unary(): Expression {
    if (this.takes("not") || this.takes("!")) return { kind: "not", of: this.unary() };
    if (!this.takes("(")) return this.comparison();
    const inner = this.either();
    this.expect(")");
    return inner;
  }

  private comparison(): Comparison {
    const subject = subjectOf(this.next("a subject"));
    const { test, negated, list } = this.operator();
    if (subject.kind !== "attribute" && !TESTS[subject.kind].includes(test)) {
      throw new InvalidExpression(`${subject.kind} cannot be compared in this way`);
    }
    const values = test === "exists" ? [] : list ? this.list() : [this.value()];
    for (const value of values) checkValue(subject, test, value);
    return { kind: "compare", subject, test, negated, values };
  }

  private operator(): Operator {
    const { kind, text } = this.next("an operator");
    const name = kind === "symbol" && text === "!" ? `!${this.next("an operator").text}` : text;
    const operator = kind === "quoted" ? undefined : OPERATORS.get(name.toLowerCase());
    if (operator === undefined) throw new InvalidExpression(`unknown operator ${name}`);
    return operator;
  }

  private list(): string[] {
    this.expect("[");
    const values = [this.value()];
    while (this.takes(",")) values.push(this.value());
    this.expect("]");
    return values;
  }

  private value(): string {
    const token = this.next("a value");
    if (token.kind === "symbol") throw new InvalidExpression(`unexpected ${token.text}`);
    return token.text;
  }

  private next(what: string): Token {
    const token = this.tokens[this.at];
    if (token === undefined) throw new InvalidExpression(`${what} is missing at the end`);
    this.at += 1;
    return token;
  }

  private takes(text: string): boolean {
    const token = this.tokens[this.at];
    const found = token !== undefined && token.kind !== "quoted" && token.text.toLowerCase() === text;
    if (found) this.at += 1;
    return found;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw new InvalidExpression(`${text} is missing`);
  }
}

function subjectOf({ kind, text }: Token): Subject {
  const attribute = kind === "word" ? /^attribute:(.+)$/.exec(text)?.[1] : undefined;
  if (attribute !== undefined) return { kind: "attribute", name: attribute };
  if (kind === "word" && isFact(text)) return { kind: text };
  throw new InvalidExpression(`unknown subject ${text}`);
}

const isFact = (text: string): text is keyof typeof TESTS => Object.hasOwn(TESTS, text);

function checkValue({ kind }: Subject, test: Test, value: string): void {
  if (test === "matches") compilePattern(value);
  else if (kind === "registeredAt" && Number.isNaN(Date.parse(value))) {
    throw new InvalidExpression(`${value} is no date`);
  } else if (isWhole(kind, test) && !/^-?\d{1,15}$/.test(value)) {
    throw new InvalidExpression(`${value} is no whole number`);
  }
}

function isWhole(kind: Subject["kind"], test: Test): boolean {
  return kind === "runningTasksCount" || (kind === "attribute" && ORDER.includes(test));
}
