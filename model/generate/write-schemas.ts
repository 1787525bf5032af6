import type { Model, Shape } from "./model.ts";
import { itemOf, shapeOf } from "./model.ts";
import type { JsonSchema, Overrides, ValueRule } from "./overrides.ts";
import type { Dialect } from "./schema.ts";
import { SchemaWriter } from "./schema.ts";

const types: Readonly<Record<string, JsonSchema>> = {
  integer: { type: "integer", format: "int32" },
  long: { type: "integer", format: "int64" },
  double: { type: "number" },
  boolean: { type: "boolean" },
  string: { type: "string" },
  timestamp: { type: "number" },
};

/** JSON schema as `model/validate.ts` compiles it: one definition a structure, `says` for ECS's own messages. */
const api: Dialect = {
  constrains: true,
  scalar: (shape: Shape) => ({ ...types[shape.type], ...(shape.enum ? { enum: shape.enum } : {}) }),
  structure: (name) => ({ $ref: `#/$defs/${name}` }),
  document: () => ({}),
  keywords: ({ required: _required, kubernetes: _kubernetes, mapKey, ...rule }: ValueRule) =>
    mapKey === undefined ? rule : { ...rule, uniqueKey: mapKey },
  describe: () => ({}),
};

/** Names of the structures that the inputs of operations reach. */
function inputStructures(model: Model): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    const shape = shapeOf(model, name);
    if (shape.type === "list" || shape.type === "map") visit(itemOf(name, shape));
    if (shape.type !== "structure" || shape.document || found.has(name)) return;
    found.add(name);
    for (const member of Object.values(shape.members ?? {})) visit(member.shape);
  };
  for (const { input } of Object.values(model.operations)) visit(input.shape);
  return [...found].sort();
}

/** `schemas.generated.json`: schemas of all inputs, for ajv. @param id name of the API */
export function writeSchemas(model: Model, overrides: Overrides, id = "ecs"): string {
  const writer = new SchemaWriter(model, overrides, api);
  const $defs = Object.fromEntries(inputStructures(model).map((name) => [name, writer.body(name)]));
  return `${JSON.stringify({ $id: id, $defs }, null, 1)}\n`;
}
