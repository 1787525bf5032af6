import { stringify } from "yaml";
import { celMember, immutability } from "./cel.ts";
import type { Member, Model, Shape } from "./model.ts";
import type { JsonSchema, OwnMember, Overrides, ResourceRules, SectionRules, ValueRule } from "./overrides.ts";
import { sectionOf } from "./overrides.ts";
import type { Dialect } from "./schema.ts";
import { SchemaWriter } from "./schema.ts";

const types: Readonly<Record<string, JsonSchema>> = {
  integer: { type: "integer", format: "int32" },
  long: { type: "integer", format: "int64" },
  double: { type: "number", format: "double" },
  boolean: { type: "boolean" },
  string: { type: "string" },
  timestamp: { type: "string", format: "date-time" },
};

/** Structural schema: structures written out where they are used, the rules as Kubernetes takes them. */
class CrdDialect implements Dialect {
  readonly constrains: boolean;
  writer: SchemaWriter | undefined;

  constructor(constrains: boolean) {
    this.constrains = constrains;
  }

  scalar(shape: Shape): JsonSchema {
    return { ...types[shape.type], ...(shape.enum ? { enum: shape.enum } : {}) };
  }

  structure(name: string): JsonSchema {
    return this.writer?.body(name) ?? {};
  }

  document(): JsonSchema {
    return { "x-kubernetes-preserve-unknown-fields": true };
  }

  keywords({
    required: _required,
    says: _says,
    reserved: _reserved,
    mapKey,
    kubernetes,
    ...rule
  }: ValueRule): JsonSchema {
    const merge =
      mapKey === undefined ? {} : { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [mapKey] };
    return { ...rule, ...kubernetes, ...merge };
  }

  describe(text: string | undefined): JsonSchema {
    return text === undefined ? {} : { description: text };
  }
}

function writerFor(model: Model, overrides: Overrides, constrains: boolean): SchemaWriter {
  const dialect = new CrdDialect(constrains);
  dialect.writer = new SchemaWriter(model, overrides, dialect);
  return dialect.writer;
}

const conditions: JsonSchema = {
  description: "Ready, Reconciling and Stalled, as kstatus reads them.",
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["type"],
  items: {
    type: "object",
    required: ["type", "status", "lastTransitionTime", "reason", "message"],
    properties: {
      type: { type: "string", maxLength: 316, description: "What the condition is about." },
      status: { type: "string", enum: ["True", "False", "Unknown"], description: "Whether it is so." },
      observedGeneration: {
        type: "integer",
        format: "int64",
        minimum: 0,
        description: "The metadata.generation that the condition is about.",
      },
      lastTransitionTime: { type: "string", format: "date-time", description: "When the status last changed." },
      reason: { type: "string", maxLength: 1024, description: "Why, in one CamelCase word for programs." },
      message: { type: "string", maxLength: 32768, description: "Why, for people." },
    },
  },
};

const observedGeneration: JsonSchema = {
  type: "integer",
  format: "int64",
  description: "The metadata.generation that this status is about.",
};

function section(writer: SchemaWriter, model: Model, rules: SectionRules, description: string): JsonSchema {
  const { members, own, required } = sectionOf(model, rules);
  const ecsSchema = (name: string, { documentation }: Member): JsonSchema => ({
    ...writer.member(rules.from ?? "", name),
    ...(documentation === undefined ? {} : { description: documentation }),
  });
  const ownSchema = ({ description: text, shape, schema }: OwnMember): JsonSchema => ({
    description: text,
    ...(shape === undefined ? schema : writer.value(shape)),
  });
  return {
    type: "object",
    description,
    ...(required.length > 0 ? { required } : {}),
    properties: {
      ...Object.fromEntries(Object.entries(members).map(([name, member]) => [name, ecsSchema(name, member)])),
      ...Object.fromEntries(Object.entries(own).map(([member, rule]) => [member, ownSchema(rule)])),
    },
  };
}

function specSchema(model: Model, overrides: Overrides, rules: ResourceRules): JsonSchema {
  const writer = writerFor(model, overrides, true);
  const spec = section(writer, model, rules.spec, "What is wanted, in the members of the ECS API.");
  const members = Object.keys(spec["properties"] as object);
  const required = new Set((spec["required"] as string[] | undefined) ?? []);
  const fixed = rules.immutable ?? (rules.mutable ? members.filter((name) => !rules.mutable?.includes(name)) : []);
  const cel = [
    ...fixed.map((name) => immutability(name, required.has(name), rules.unchangeable)),
    ...(rules.rules ?? []).map(({ rule, message, member }) => ({
      rule,
      message,
      ...(member === undefined ? {} : { fieldPath: celMember(member) }),
    })),
  ];
  return { ...spec, ...(cel.length > 0 ? { "x-kubernetes-validations": cel } : {}) };
}

function statusSchema(model: Model, overrides: Overrides, rules: SectionRules): JsonSchema {
  const writer = writerFor(model, overrides, false);
  const status = section(writer, model, rules, "What is, as KECS last saw it, in the members of the ECS API.");
  return { ...status, properties: { ...(status["properties"] as object), observedGeneration, conditions } };
}

function crd(model: Model, overrides: Overrides, kind: string, rules: ResourceRules): JsonSchema {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${rules.plural}.${overrides.group}` },
    spec: {
      group: overrides.group,
      scope: rules.scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural: rules.plural,
        singular: rules.singular,
        shortNames: rules.shortNames,
        categories: ["ecs"],
      },
      versions: [
        {
          name: overrides.version,
          served: true,
          storage: true,
          ...(rules.status ? { subresources: { status: {}, ...(rules.scale ? { scale: rules.scale } : {}) } } : {}),
          additionalPrinterColumns: rules.columns.map(({ name, path, type = "string", priority }) => ({
            name,
            type,
            jsonPath: path,
            ...(priority === undefined ? {} : { priority }),
          })),
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: rules.description,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: specSchema(model, overrides, rules),
                ...(rules.status ? { status: statusSchema(model, overrides, rules.status) } : {}),
              },
            },
          },
        },
      ],
    },
  };
}

/** `crds/<plural>.yaml` → text, one CustomResourceDefinition a file. */
export function writeCrds(model: Model, overrides: Overrides): [path: string, text: string][] {
  return Object.entries(overrides.resources).map(([kind, rules]) => [
    `crds/${rules.plural}.yaml`,
    "# Generated by `npm run generate` from model/ecs.json and model/overrides.yaml: do not edit.\n" +
      stringify(crd(model, overrides, kind, rules), {
        lineWidth: 0,
        aliasDuplicateObjects: false,
        // Kubernetes reads YAML 1.1, to which OFF is a boolean.
        compat: "yaml-1.1",
      }),
  ]);
}
