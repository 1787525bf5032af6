import { attributeLabel, isLabelKey, labelValueOfAttribute } from "./attributes.ts";
import type { Comparison, Expression } from "./expression.ts";

/** One requirement of a node affinity on a label. */
export interface NodeRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values?: readonly string[];
}

/** Requirements that a node must meet together. */
export type NodeTerm = readonly NodeRequirement[];

/** More alternatives than this would make unreadable Pods. */
const MAX_TERMS = 32;

/**
 * An expression as alternatives of a node affinity. No alternative: no node satisfies it. One without requirements:
 * every node does.
 * @returns undefined where labels cannot say exactly the same: patterns, facts that are no labels, negated order.
 */
export function nodeTerms(expression: Expression, negated = false): readonly NodeTerm[] | undefined {
  if (expression.kind === "not") return nodeTerms(expression.of, !negated);
  if (expression.kind === "compare") return termsOf(expression, expression.negated !== negated);
  const parts = expression.of.map((part) => nodeTerms(part, negated));
  const isBoth = (expression.kind === "and") !== negated;
  return parts.reduce(isBoth ? bothOf : eitherOf);
}

/** The alternatives under which both hold; undefined where one is, or where they would be too many. */
export function bothOf(
  left: readonly NodeTerm[] | undefined,
  right: readonly NodeTerm[] | undefined,
): readonly NodeTerm[] | undefined {
  if (left === undefined || right === undefined || left.length * right.length > MAX_TERMS) return undefined;
  return left.flatMap((one) => right.map((other) => [...one, ...other]));
}

function eitherOf(
  left: readonly NodeTerm[] | undefined,
  right: readonly NodeTerm[] | undefined,
): readonly NodeTerm[] | undefined {
  if (left === undefined || right === undefined || left.length + right.length > MAX_TERMS) return undefined;
  return [...left, ...right];
}

const ALWAYS: readonly NodeTerm[] = [[]];
const NEVER: readonly NodeTerm[] = [];

function termsOf({ subject, test, values }: Comparison, negated: boolean): readonly NodeTerm[] | undefined {
  if (subject.kind !== "attribute" || test === "matches") return undefined;
  const key = attributeLabel(subject.name);
  if (!isLabelKey(key)) return negated ? ALWAYS : NEVER;
  if (test === "exists") return [[{ key, operator: negated ? "DoesNotExist" : "Exists" }]];
  if (test === "in") return among(key, subject.name, values, negated);
  // A label that is no number satisfies neither an order nor, for Kubernetes, its reverse.
  return negated ? undefined : inOrder(key, test, Number(values[0]));
}

function among(key: string, name: string, values: readonly string[], negated: boolean): readonly NodeTerm[] {
  const possible = [...new Set(values.flatMap((value) => labelValueOfAttribute(name, value) ?? []))];
  if (possible.length === 0) return negated ? ALWAYS : NEVER;
  return [[{ key, operator: negated ? "NotIn" : "In", values: possible }]];
}

function inOrder(key: string, test: ">" | ">=" | "<" | "<=", value: number): readonly NodeTerm[] | undefined {
  const greater = test === ">" || test === ">=";
  const bound = value + (test === ">=" ? -1 : test === "<=" ? 1 : 0);
  // Labels have no sign, and Kubernetes takes none in a bound.
  if (bound < 0) return greater ? undefined : NEVER;
  return [[{ key, operator: greater ? "Gt" : "Lt", values: [String(bound)] }]];
}
