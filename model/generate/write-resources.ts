import type { Model, Shape } from "./model.ts";
import { shapeOf, shapesWithTimestamps } from "./model.ts";
import type { JsonSchema, OwnMember, Overrides, ResourceRules, Section } from "./overrides.ts";
import { sectionOf } from "./overrides.ts";
import type { Naming } from "./write-types.ts";
import { comment, GENERATED, typeOf, writeEnum, writeInterface } from "./write-types.ts";

/** Writes the types of the resources, and of the ECS shapes in them whose timestamps are strings there. */
class ResourceTypes {
  private readonly model: Model;
  private readonly timed: ReadonlySet<string>;
  /** Shapes of the API that the file imports, and those it declares itself. */
  readonly imports = new Set<string>();
  readonly variants = new Map<string, string>();
  private readonly naming: Naming;
  private readonly own: ReadonlySet<string>;

  constructor(model: Model, own: Iterable<string>) {
    this.model = model;
    this.own = new Set(own);
    this.timed = shapesWithTimestamps(model);
    this.naming = { timestamp: "string", name: (shape) => this.nameOf(shape) };
  }

  private nameOf(name: string): string {
    const own = this.own.has(name);
    if (!this.timed.has(name) && !own) {
      this.imports.add(name);
      return name;
    }
    if (!this.variants.has(name)) {
      this.variants.set(name, "");
      this.variants.set(name, this.declaration(name, shapeOf(this.model, name)));
    }
    return own ? name : `${name}InResource`;
  }

  private declaration(name: string, shape: Shape): string {
    return shape.enum ? writeEnum(name, shape) : writeInterface(this.model, name, shape, this.naming);
  }

  private ownType(own: OwnMember): string {
    if (own.shape !== undefined) return typeOf(this.model, own.shape, this.naming);
    return schemaType(own.schema ?? {});
  }

  section(name: string, section: Section, tail: string): string {
    const lines = Object.entries(section.members).map(([member, { shape, documentation }]) => {
      const optional = optionalMark(section.required, member);
      return `${comment(documentation, "  ")}  ${member}${optional}: ${typeOf(this.model, shape, this.naming)};\n`;
    });
    const own = Object.entries(section.own).map(
      ([member, rules]) =>
        `${comment(rules.description, "  ")}  ${member}${optionalMark(section.required, member)}: ${this.ownType(rules)};\n`,
    );
    return `export interface ${name} {\n${lines.join("")}${own.join("")}${tail}}\n`;
  }
}

const optionalMark = (required: readonly string[], member: string): string => (required.includes(member) ? "" : "?");

/** The type of a JSON schema, as far as members of ours use it. */
function schemaType({ type, enum: values, items, additionalProperties, ...schema }: JsonSchema): string {
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return "unknown";
  if (type === "integer") return "number";
  if (type === "array") return `(${schemaType(items as JsonSchema)})[]`;
  if (type !== "object") return String(type);
  if (additionalProperties !== undefined) return `{ [key: string]: ${schemaType(additionalProperties as JsonSchema)} }`;
  return `{ ${membersOf(schema)} }`;
}

function membersOf({ properties, required = [] }: JsonSchema): string {
  return Object.entries(properties as Record<string, JsonSchema>)
    .map(([member, schema]) => `${member}${optionalMark(required as string[], member)}: ${schemaType(schema)}`)
    .join("; ");
}

const statusTail = `  /** The metadata.generation that this status is about. */
  observedGeneration?: number;
  /** Ready, Reconciling and Stalled, as kstatus reads them. */
  conditions?: Condition[];
`;

const metadataTypes = `/** An object's metadata as the API server's JSON has it: times are RFC 3339 strings. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}
`;

const conditionType = `export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  /** The metadata.generation that the condition is about. */
  observedGeneration?: number;
  /** RFC 3339. */
  lastTransitionTime: string;
  /** CamelCase, for programs. */
  reason: string;
  /** For people. */
  message: string;
}
`;

function writeKind(
  types: ResourceTypes,
  model: Model,
  apiVersion: string,
  [kind, rules]: [string, ResourceRules],
): string {
  return [
    types.section(`${kind}Spec`, sectionOf(model, rules.spec), ""),
    ...(rules.status ? [types.section(`${kind}Status`, sectionOf(model, rules.status), statusTail)] : []),
    `${comment(rules.description)}export interface ${kind} {
  apiVersion: "${apiVersion}";
  kind: "${kind}";
  metadata: ObjectMeta;
  spec: ${kind}Spec;
${rules.status ? `  status?: ${kind}Status;\n` : ""}}
`,
  ].join("\n");
}

function writeTable(overrides: Overrides, name: string): string {
  const { group, version, resources } = overrides;
  const rows = Object.entries(resources).map(
    ([kind, { plural, scope }]) =>
      `  ${kind}: { kind: "${kind}", plural: "${plural}", namespaced: ${scope === "Namespaced"}, apiVersion: "${group}/${version}", group: "${group}", version: "${version}" },`,
  );
  return [
    "/** Where the API server serves each kind. */",
    `export const ${name} = {\n${rows.join("\n")}\n} as const;`,
  ].join("\n");
}

/** Custom resources that are not ECS's own, which have no shapes of its API: `generated/<api>/resources.generated.ts`. */
export function writeOtherResources(model: Model, overrides: Overrides): string {
  const apiVersion = `${overrides.group}/${overrides.version}`;
  const kinds = Object.entries(overrides.resources).map((entry) =>
    writeKind(new ResourceTypes(model, []), model, apiVersion, entry),
  );
  const imports = 'import type { ObjectMeta } from "../resources.generated.ts";\n';
  return [GENERATED, imports, ...kinds, writeTable(overrides, "DISCOVERY_RESOURCES"), ""].join("\n");
}

/** `resources.generated.ts`: the custom resources as the Kubernetes API has them; timestamps are RFC 3339 strings. */
export function writeResources(model: Model, overrides: Overrides): string {
  const types = new ResourceTypes(model, Object.keys(overrides.shapes));
  const apiVersion = `${overrides.group}/${overrides.version}`;
  const kinds = Object.entries(overrides.resources).map((entry) => writeKind(types, model, apiVersion, entry));
  const imports = [...types.imports].sort();
  return [
    GENERATED,
    `import type {\n  ${imports.join(",\n  ")},\n} from "./types.generated.ts";\n`,
    metadataTypes,
    conditionType,
    ...[...types.variants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    ...kinds,
    `${writeTable(overrides, "RESOURCES")}\n`,
    "export type ResourceKind = keyof typeof RESOURCES;",
    `export type EcsResource = ${Object.keys(overrides.resources).join(" | ")};`,
    "",
  ].join("\n");
}
