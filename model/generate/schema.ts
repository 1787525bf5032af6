import type { Model, Shape } from "./model.ts";
import { itemOf, shapeOf } from "./model.ts";
import type { JsonSchema, Overrides, ValueRule } from "./overrides.ts";
import { valueRule } from "./overrides.ts";

/** What differs between the schemas of the API's input and those of the CRDs. */
export interface Dialect {
  /** Schema of a scalar type without its rules. */
  scalar(shape: Shape): JsonSchema;
  /** Schema of a member or an item that is a structure. */
  structure(name: string): JsonSchema;
  /** Any JSON value. */
  document(): JsonSchema;
  /** The rule of a value as keywords of the dialect. */
  keywords(rule: ValueRule): JsonSchema;
  describe(text: string | undefined): JsonSchema;
  /** False where the server writes the values: then only types are said. */
  constrains: boolean;
}

/** Writes JSON schemas of ECS shapes in one dialect. */
export class SchemaWriter {
  private readonly model: Model;
  private readonly overrides: Overrides;
  private readonly dialect: Dialect;

  constructor(model: Model, overrides: Overrides, dialect: Dialect) {
    this.model = model;
    this.overrides = overrides;
    this.dialect = dialect;
  }

  /** Schema of a member of a structure, with the rules for it. */
  member(owner: string, name: string): JsonSchema {
    const member = shapeOf(this.model, owner).members?.[name];
    if (member === undefined) throw new Error(`${owner} has no member ${name}`);
    const rule = this.dialect.constrains ? this.dialect.keywords(valueRule(this.overrides, `${owner}.${name}`)) : {};
    return { ...this.dialect.describe(member.documentation), ...this.value(member.shape), ...rule };
  }

  value(name: string): JsonSchema {
    const shape = shapeOf(this.model, name);
    const rule = this.dialect.constrains ? this.ruleOf(name, shape) : {};
    switch (shape.type) {
      case "structure":
        return shape.document ? this.dialect.document() : this.dialect.structure(name);
      case "list":
        return { type: "array", items: this.value(itemOf(name, shape)), ...rule };
      case "map":
        return { type: "object", additionalProperties: this.value(itemOf(name, shape)), ...rule };
      default:
        return { ...this.dialect.scalar(shape), ...rule };
    }
  }

  /** Schema of the structure itself: its members, and which of them must be given. */
  body(name: string): JsonSchema {
    const members = Object.keys(shapeOf(this.model, name).members ?? {});
    const required = this.dialect.constrains ? this.required(name) : [];
    return {
      type: "object",
      ...(required.length > 0 ? { required } : {}),
      properties: Object.fromEntries(members.map((member) => [member, this.member(name, member)])),
    };
  }

  private required(name: string): string[] {
    return [
      ...new Set([...(shapeOf(this.model, name).required ?? []), ...(valueRule(this.overrides, name).required ?? [])]),
    ];
  }

  private ruleOf(name: string, shape: Shape): JsonSchema {
    const limits: JsonSchema = {};
    const [min, max] = limitWords[shape.type] ?? [];
    // A minimum of 0 of a length says nothing.
    if (min !== undefined && shape.min !== undefined && (shape.min > 0 || min === "minimum")) limits[min] = shape.min;
    if (max !== undefined && shape.max !== undefined) limits[max] = shape.max;
    if (shape.pattern !== undefined) limits["pattern"] = `^(${shape.pattern})$`;
    return { ...limits, ...this.dialect.keywords(valueRule(this.overrides, name)) };
  }
}

const limitWords: Readonly<Record<string, readonly [string, string]>> = {
  string: ["minLength", "maxLength"],
  list: ["minItems", "maxItems"],
  integer: ["minimum", "maximum"],
  long: ["minimum", "maximum"],
  double: ["minimum", "maximum"],
};
