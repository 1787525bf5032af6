/** A pattern that says nothing, or something that is not supported; the message names the place. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Whether an event matches a pattern. */
export type Matches = (event: unknown) => boolean;

type Test = (value: unknown) => boolean;

/** What a leaf's values are when an event lacks the member. */
const MISSING = Symbol("missing");

/**
 * An event pattern of EventBridge as a function: members have to match all, the entries of a list any, and of a list
 * in the event any element. Known are exact values, `prefix`, `suffix`, `equals-ignore-case`, `anything-but`, `numeric`,
 * `exists`, `wildcard` and `$or`.
 * @throws PatternError for everything else
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export function compilePattern(pattern: unknown): Matches {
  return structure(pattern, "");
}

function structure(pattern: unknown, path: string): Matches {
  if (!isStructure(pattern)) throw new PatternError(`${at(path)} has to be a structure.`);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new PatternError(`${at(path)} is empty.`);
  const tests = entries.map(([name, wanted]) => {
    const place = path === "" ? name : `${path}.${name}`;
    if (name === "$or") return alternatives(wanted, place);
    return member(name, wanted, place);
  });
  return (event) => elements(event).some((each) => tests.every((test) => test(each)));
}

function alternatives(wanted: unknown, path: string): Matches {
  if (!Array.isArray(wanted) || wanted.length < 2) throw new PatternError(`${at(path)} has to list structures.`);
  const tests = wanted.map((each, index) => structure(each, `${path}[${index}]`));
  return (event) => tests.some((test) => test(event));
}

function member(name: string, wanted: unknown, path: string): Matches {
  if (!Array.isArray(wanted)) {
    const matches = structure(wanted, path);
    return (event) => isStructure(event) && matches(event[name] ?? {});
  }
  if (wanted.length === 0) throw new PatternError(`${at(path)} is an empty list.`);
  const tests = wanted.map((each) => matcher(each, path));
  return (event) => {
    const value = isStructure(event) && Object.hasOwn(event, name) ? event[name] : MISSING;
    const values = Array.isArray(value) ? value : [value];
    return tests.some((test) => values.some(test));
  };
}

function matcher(wanted: unknown, path: string): Test {
  if (!isStructure(wanted)) {
    if (Array.isArray(wanted)) throw new PatternError(`${at(path)} has a list in a list.`);
    return (value) => value === wanted;
  }
  const [[name, operand] = ["", undefined], ...more] = Object.entries(wanted);
  const make = MATCHERS[name];
  if (more.length > 0 || make === undefined) {
    const known = Object.keys(MATCHERS).join(", ");
    throw new PatternError(`${at(path)} has ${JSON.stringify(wanted)}; what a matcher can be is one of ${known}.`);
  }
  return make(operand, path);
}

const MATCHERS: Record<string, (operand: unknown, path: string) => Test> = {
  prefix: affix((value, text) => value.startsWith(text)),
  suffix: affix((value, text) => value.endsWith(text)),
  "equals-ignore-case": (operand, path) => {
    const wanted = text(operand, path).toLowerCase();
    return (value) => typeof value === "string" && value.toLowerCase() === wanted;
  },
  "anything-but": anythingBut,
  exists: (operand, path) => {
    if (typeof operand !== "boolean") throw new PatternError(`${at(path)}: exists is true or false.`);
    return (value) => (value !== MISSING) === operand;
  },
  numeric,
  wildcard: (operand, path) => {
    const parts = text(operand, path).split("*");
    return (value) => typeof value === "string" && matchesParts(value, parts);
  },
};

function affix(holds: (value: string, text: string) => boolean) {
  return (operand: unknown, path: string): Test => {
    if (isStructure(operand)) {
      const wanted = text(operand["equals-ignore-case"], path).toLowerCase();
      return (value) => typeof value === "string" && holds(value.toLowerCase(), wanted);
    }
    const wanted = text(operand, path);
    return (value) => typeof value === "string" && holds(value, wanted);
  };
}

function anythingBut(operand: unknown, path: string): Test {
  const excluded = elements(operand).map((each) => matcher(each, path));
  return (value) => value !== MISSING && !excluded.some((test) => test(value));
}

const COMPARISONS: Record<string, (value: number, bound: number) => boolean> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function numeric(operand: unknown, path: string): Test {
  const words: unknown[] = Array.isArray(operand) ? operand : [];
  const bounds: ((value: number) => boolean)[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const compare = COMPARISONS[String(words[index])];
    const bound = words[index + 1];
    if (compare === undefined || typeof bound !== "number") break;
    bounds.push((value) => compare(value, bound));
  }
  if (bounds.length === 0 || bounds.length * 2 !== words.length) {
    throw new PatternError(`${at(path)}: numeric is a list like [">", 0, "<=", 5].`);
  }
  return (value) => typeof value === "number" && bounds.every((holds) => holds(value));
}

/** Whether a text is made of these parts with anything between them. */
function matchesParts(value: string, [first = "", ...others]: readonly string[]): boolean {
  const last = others.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const found = value.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return value.length - last.length >= from && value.endsWith(last);
}

function text(operand: unknown, path: string): string {
  if (typeof operand === "string") return operand;
  throw new PatternError(`${at(path)}: ${JSON.stringify(operand)} has to be text.`);
}

function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function at(path: string): string {
  return path === "" ? "The pattern" : `The pattern's ${path}`;
}
