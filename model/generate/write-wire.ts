import type { Model } from "./model.ts";
import { itemOf, shapeOf } from "./model.ts";
import { GENERATED } from "./write-types.ts";

/** How `model/wire.ts` treats a member: `@` a timestamp, `Name` a structure, `[]Name` a list of them, else empty. */
function treatment(model: Model, name: string): string {
  const shape = shapeOf(model, name);
  if (shape.type === "timestamp") return "@";
  if (shape.type === "structure") return shape.document ? "" : name;
  if (shape.type !== "list" && shape.type !== "map") return "";
  const item = treatment(model, itemOf(name, shape));
  if (item === "") return "";
  if (shape.type === "map" || /^[@[]/.test(item))
    throw new Error(`model/wire.ts cannot convert ${name}: teach it first`);
  return `[]${item}`;
}

/** `wire.generated.ts`: the members of every structure and how they differ between a resource and the API's JSON. */
export function writeWire(model: Model): string {
  const rows = Object.entries(model.shapes)
    .filter(([, shape]) => shape.type === "structure" && !shape.document)
    .map(([name, shape]) => {
      const members = Object.entries(shape.members ?? {}).map(
        ([member, { shape: type }]) => `${member}: ${JSON.stringify(treatment(model, type))}`,
      );
      return `  ${name}: { ${members.join(", ")} },`;
    });
  return [
    GENERATED,
    'import type { ShapeName } from "./types.generated.ts";\n',
    "/** `@` is a timestamp, `Name` a structure, `[]Name` a list of structures; anything else is the same in both forms. */",
    "export const WIRE: Readonly<Record<ShapeName, Readonly<Record<string, string>>>> = {",
    ...rows,
    "};",
    "",
  ].join("\n");
}
