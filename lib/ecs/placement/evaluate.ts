import { attributeValue } from "./attributes.ts";
import type { Comparison, Expression, Test } from "./expression.ts";
import type { InstanceFacts } from "./instance-facts.ts";
import { compilePattern } from "./pattern.ts";

/**
 * Whether a container instance is one that an expression means. What an instance lacks satisfies negations only, as
 * Kubernetes has it for labels.
 */
export function satisfies(expression: Expression, facts: InstanceFacts): boolean {
  switch (expression.kind) {
    case "and":
      return expression.of.every((part) => satisfies(part, facts));
    case "or":
      return expression.of.some((part) => satisfies(part, facts));
    case "not":
      return !satisfies(expression.of, facts);
    default:
      return valuesOf(expression, facts).some((value) => holds(expression, value)) !== expression.negated;
  }
}

/** The instance's values for a subject: none, one, or for `task:group` several. */
function valuesOf({ subject }: Comparison, facts: InstanceFacts): readonly string[] {
  switch (subject.kind) {
    case "attribute": {
      const value = attributeValue(facts.labels, subject.name);
      return value === undefined ? [] : [value];
    }
    case "task:group":
      return [...facts.taskGroups];
    default:
      return [String(facts[subject.kind])];
  }
}

function holds({ subject, test, values }: Comparison, actual: string): boolean {
  if (test === "exists") return true;
  if (test === "matches") return values.some((pattern) => compilePattern(pattern)(actual));
  return values.some((value) => agrees(test, compare(subject.kind, test, actual, value)));
}

function agrees(test: Exclude<Test, "exists" | "matches">, difference: number): boolean {
  switch (test) {
    case "in":
      return difference === 0;
    case ">":
      return difference > 0;
    case ">=":
      return difference >= 0;
    case "<":
      return difference < 0;
    default:
      return difference <= 0;
  }
}

/** Below 0, 0 or above; NaN, with which nothing agrees, for what cannot be compared. */
function compare(kind: Comparison["subject"]["kind"], test: Test, actual: string, value: string): number {
  if (kind === "registeredAt") return Date.parse(actual) - Date.parse(value);
  if (kind === "agentVersion") return compareVersions(actual, value);
  if (kind === "runningTasksCount") return Number(actual) - Number(value);
  if (test === "in") return actual === value ? 0 : Number.NaN;
  // Attributes have an order where they are whole numbers, as labels have for Kubernetes.
  return isWholeLabel(actual) ? Number(BigInt(actual) - BigInt(value)) : Number.NaN;
}

/** As Kubernetes reads a label for `Gt` and `Lt`: a number of 64 bits. */
function isWholeLabel(text: string): boolean {
  return /^\d{1,63}$/.test(text) && BigInt(text) < 2n ** 63n;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.+-]/).map((part) => Number.parseInt(part, 10) || 0));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let index = 0; index < length; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
