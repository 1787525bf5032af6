import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Member, Model, Shape } from "./model.ts";
import { shapeOf } from "./model.ts";

/** JSON schema of a single member of ours, as Kubernetes takes it. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

/** A member that ECS's shape lacks: of an ECS shape or of a schema of its own. */
export interface OwnMember {
  description: string;
  shape?: string;
  schema?: JsonSchema;
}

export interface SectionRules {
  /** ECS's shape; without one all members are our own. */
  from?: string;
  /** Members of our own that must be given. */
  required?: string[];
  omit?: string[];
  only?: string[];
  /** Members that ECS requires and the resource does not. */
  optional?: string[];
  add?: Record<string, OwnMember>;
  /** Descriptions of ECS's members where they mean something else, or more, in a resource. */
  describe?: Record<string, string>;
}

/** A column of `kubectl get`. */
export interface Column {
  name: string;
  path: string;
  type?: "string" | "integer" | "number" | "date";
  /** 1 shows it with `-o wide` only. */
  priority?: number;
}

/** A rule in CEL over the spec; `member` is what the API server names in its message. */
export interface CelRule {
  rule: string;
  message: string;
  member?: string;
}

export interface ResourceRules {
  plural: string;
  singular: string;
  shortNames: string[];
  scope: "Cluster" | "Namespaced";
  description: string;
  columns: Column[];
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  /** Members of the spec that cannot be changed, or those that alone can be. */
  immutable?: string[];
  mutable?: string[];
  /** Why members cannot be changed, and what to do instead. */
  unchangeable?: string;
  rules?: CelRule[];
  spec: SectionRules;
  /** None where the resource only says what is wanted. */
  status?: SectionRules;
}

/** What AWS says of a value in prose: JSON schema's own words, and ours (explained in overrides.yaml). */
export interface ValueRule extends JsonSchema {
  required?: string[];
  says?: Record<string, string>;
  reserved?: string;
  mapKey?: string;
  kubernetes?: JsonSchema;
}

export interface Overrides {
  group: string;
  version: string;
  values: Record<string, ValueRule>;
  /** Shapes of our own, in the model's form, for resources that no ECS operation makes. */
  shapes: Record<string, Shape>;
  resources: Record<string, ResourceRules>;
}

/** Words of the model's shapes, which say nothing in a rule for values. */
const WORDS_OF_SHAPES = ["members", "member", "shape", "documentation"];

/**
 * @param file in `model/`
 * @throws Error naming a shape that stands among the rules for values
 */
export function loadOverrides(file = "overrides.yaml"): Overrides {
  const overrides = parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")) as Overrides;
  for (const [name, rule] of Object.entries(overrides.values)) {
    const word = WORDS_OF_SHAPES.find((each) => each in rule);
    if (word !== undefined) throw new Error(`${file}: values.${name} has ${word}: it is a shape, and belongs there.`);
  }
  return overrides;
}

/**
 * The model with our own shapes.
 * @throws Error where one has the name of an ECS shape
 */
export function withOwnShapes(model: Model, { shapes }: Overrides): Model {
  const taken = Object.keys(shapes).filter((name) => name in model.shapes);
  if (taken.length > 0) throw new Error(`overrides.yaml defines shapes that ECS has: ${taken.join(", ")}`);
  return { ...model, shapes: { ...model.shapes, ...shapes } };
}

/** All rules for `subject` (`Shape` or `Shape.member`) in one; names with `*` first, so that exact ones win. */
export function valueRule(overrides: Overrides, subject: string): ValueRule {
  const merged: ValueRule = {};
  for (const [pattern, rule] of Object.entries(overrides.values)) {
    if (pattern.includes("*") && globs(pattern, subject)) Object.assign(merged, rule);
  }
  return Object.assign(merged, overrides.values[subject]);
}

function globs(pattern: string, subject: string): boolean {
  return new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]*")}$`).test(subject);
}

/** Subjects of rules that no shape or member has: misspelt ones. */
export function unusedRules(model: Model, overrides: Overrides): string[] {
  const subjects = Object.entries(model.shapes).flatMap(([name, shape]) => [
    name,
    ...Object.keys(shape.members ?? {}).map((member) => `${name}.${member}`),
  ]);
  return Object.keys(overrides.values).filter((pattern) => !subjects.some((subject) => globs(pattern, subject)));
}

function described(member: Member | undefined, documentation: string | undefined): Member {
  if (member === undefined) throw new Error("a member that the shape does not have");
  return documentation === undefined ? member : { ...member, documentation };
}

/** Members of a spec or status: those of ECS that it keeps, those of ours, and which of them must be given. */
export interface Section {
  members: Record<string, Member>;
  own: Record<string, OwnMember>;
  required: string[];
}

export function sectionOf(model: Model, rules: SectionRules): Section {
  const shape: Shape = rules.from === undefined ? { type: "structure" } : shapeOf(model, rules.from);
  const all = shape.members ?? {};
  for (const name of [
    ...(rules.omit ?? []),
    ...(rules.only ?? []),
    ...(rules.optional ?? []),
    ...Object.keys(rules.describe ?? {}),
  ]) {
    if (!(name in all))
      throw new Error(`overrides.yaml names ${name}, which ${rules.from ?? "no shape"} does not have`);
  }
  const kept = Object.keys(all).filter((name) => rules.only?.includes(name) ?? !rules.omit?.includes(name));
  return {
    members: Object.fromEntries(kept.map((name) => [name, described(all[name], rules.describe?.[name])])),
    own: rules.add ?? {},
    required: [
      ...(shape.required ?? []).filter((name) => kept.includes(name) && !rules.optional?.includes(name)),
      ...(rules.required ?? []),
    ],
  };
}
