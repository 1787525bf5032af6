import { attributeLabel, isLabelKey } from "./attributes.ts";
import { type Constraint, membershipOf } from "./constraints.ts";
import { InvalidExpression } from "./invalid-expression.ts";
import { parseExpression } from "./parse.ts";

/** One rule of how tasks are placed. */
export interface Strategy {
  readonly type?: string;
  readonly field?: string;
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PlacementConstraint.html */
const MAX_CONSTRAINTS = 10;
const MAX_STRATEGIES = 5;

/** What is wrong with placement constraints, as sentences in ECS's manner; empty when they can be used. */
export function constraintProblems(constraints: readonly Constraint[]): string[] {
  const tooMany =
    constraints.length > MAX_CONSTRAINTS ? [`You can specify a maximum of ${MAX_CONSTRAINTS} constraints.`] : [];
  return [...tooMany, ...constraints.flatMap(constraintProblem)];
}

/** The same for a task definition, which takes no `distinctInstance`. */
export function definitionConstraintProblems(constraints: readonly Constraint[]): string[] {
  const distinct = constraints.some(({ type }) => type === "distinctInstance");
  return [
    ...(distinct ? ["constraint.type 'distinctInstance' is not supported."] : []),
    ...constraintProblems(constraints),
  ];
}

/** What is wrong with placement strategies. */
export function strategyProblems(strategies: readonly Strategy[]): string[] {
  const tooMany =
    strategies.length > MAX_STRATEGIES ? [`You can specify a maximum of ${MAX_STRATEGIES} strategy rules.`] : [];
  return [...tooMany, ...strategies.flatMap(strategyProblem)];
}

/** Why a service cannot have an expression that labels cannot say. */
export const UNPLANNABLE =
  "an expression with patterns, or about anything but attributes, is only supported for RunTask: it is decided when a task starts, and a service's tasks start without KECS";

/** Why a service cannot have these constraints, its task definition's included; undefined where it can. */
export function unplannable(constraints: readonly Constraint[]): string | undefined {
  if (constraintProblems(constraints).length > 0 || membershipOf(constraints).others.length === 0) return undefined;
  return UNPLANNABLE;
}

function constraintProblem({ type, expression }: Constraint): string[] {
  if (type === "distinctInstance") {
    return expression ? ["An expression can't be specified if the constraint type is distinctInstance."] : [];
  }
  if (type !== "memberOf") return ["The type of a placement constraint must be distinctInstance or memberOf."];
  if (!expression) return ["An expression must be specified if the constraint type is memberOf."];
  try {
    parseExpression(expression);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    return [`Invalid expression in placement constraint: ${expression} (${error.message}).`];
  }
}

function strategyProblem({ type, field = "" }: Strategy): string[] {
  if (type === "random") return field === "" ? [] : ["A field can't be specified for the placement strategy random."];
  if (type === "binpack") {
    return /^(cpu|memory)$/i.test(field) ? [] : ["The field of the placement strategy binpack must be cpu or memory."];
  }
  if (type !== "spread") return ["The type of a placement strategy must be random, spread or binpack."];
  return spreadLabel(field) === undefined
    ? ["The field of the placement strategy spread must be instanceId, host or an attribute of the container instance."]
    : [];
}

/** The node label over whose values a field spreads; undefined for no field. */
export function spreadLabel(field: string | undefined): string | undefined {
  if (/^(instanceId|host)$/i.test(field ?? "")) return "kubernetes.io/hostname";
  const name = /^(?:attribute:)(.+)$/.exec(field ?? "")?.[1];
  const label = name === undefined ? undefined : attributeLabel(name);
  return label !== undefined && isLabelKey(label) ? label : undefined;
}

/** What RunTask, a service or an ECSTask says about placement. */
export interface PlacementWish {
  readonly placementConstraints?: readonly Constraint[];
  readonly placementStrategy?: readonly Strategy[];
}

/**
 * What is wrong with a task's or service's wishes.
 * @param launchType FARGATE takes none.
 */
export function placementProblems(wish: PlacementWish, launchType?: string): string[] {
  const { placementConstraints = [], placementStrategy = [] } = wish;
  if (launchType !== "FARGATE") {
    return [...constraintProblems(placementConstraints), ...strategyProblems(placementStrategy)];
  }
  return [
    ...(placementConstraints.length > 0 ? ["Placement constraints are not supported with FARGATE launch type."] : []),
    ...(placementStrategy.length > 0 ? ["Placement strategies are not supported with FARGATE launch type."] : []),
  ];
}
