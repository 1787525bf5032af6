import type { Expression } from "./expression.ts";
import { bothOf, type NodeTerm, nodeTerms } from "./node-terms.ts";
import { parseExpression } from "./parse.ts";

/** A constraint of a task definition, of RunTask or of a service. */
export interface Constraint {
  readonly type?: string;
  readonly expression?: string;
}

/** The `memberOf` constraints of a task, sorted by who can see to them. */
export interface Membership {
  /** Alternatives for the scheduler: one without requirements where nothing is asked of labels. */
  readonly terms: readonly NodeTerm[];
  /** What labels cannot say: decided against the nodes when a task starts. */
  readonly others: readonly Expression[];
}

/**
 * Sorts constraints into what a node affinity says exactly and what it cannot say.
 * @throws InvalidExpression
 */
export function membershipOf(constraints: readonly Constraint[]): Membership {
  let terms: readonly NodeTerm[] = [[]];
  const others: Expression[] = [];
  for (const expression of expressionsOf(constraints)) {
    const both = bothOf(terms, nodeTerms(expression));
    if (both === undefined) others.push(expression);
    else terms = both;
  }
  return { terms, others };
}

/** The expressions of the `memberOf` constraints. @throws InvalidExpression */
export function expressionsOf(constraints: readonly Constraint[]): Expression[] {
  return constraints
    .filter(({ type }) => type === "memberOf")
    .map(({ expression = "" }) => parseExpression(expression));
}

/** True where each task of the group is to have a node of its own. */
export function isDistinct(constraints: readonly Constraint[]): boolean {
  return constraints.some(({ type }) => type === "distinctInstance");
}

/** True where an expression asks about the tasks of a node. */
export function asksAboutTasks(expression: Expression): boolean {
  if (expression.kind === "not") return asksAboutTasks(expression.of);
  if (expression.kind !== "compare") return expression.of.some(asksAboutTasks);
  return expression.subject.kind === "runningTasksCount" || expression.subject.kind === "task:group";
}
