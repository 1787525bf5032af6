import { readFileSync } from "node:fs";

/** A model in `model/`: the form of AWS's own service models, shortened. */
export interface Model {
  source: string;
  apiVersion: string;
  /** Empty for an API whose operations have paths of their own. */
  targetPrefix: string;
  operations: Record<string, Operation>;
  shapes: Record<string, Shape>;
}

export interface Operation {
  input: { shape: string };
  output: { shape: string };
  errors?: { shape: string }[];
  documentation?: string;
  /** Of the APIs that are REST JSON; `path` has `{Member}` in it. */
  http?: { method: Method; path: string };
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface Member {
  shape: string;
  documentation?: string;
  deprecated?: boolean;
  /** Where a request of a REST JSON API has it, and by which name; in the body where that is not said. */
  location?: "uri" | "querystring";
  locationName?: string;
}

export type ShapeType =
  | "structure"
  | "list"
  | "map"
  | "string"
  | "integer"
  | "long"
  | "double"
  | "boolean"
  | "timestamp";

export interface Shape {
  type: ShapeType;
  documentation?: string;
  members?: Record<string, Member>;
  required?: string[];
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  exception?: boolean;
  fault?: boolean;
  sensitive?: boolean;
  /** Any JSON value. */
  document?: boolean;
  union?: boolean;
  deprecated?: boolean;
}

/** The APIs that are served beside that of ECS, by the names of their models. */
export const OTHER_APIS = ["logs", "servicediscovery", "autoscaling", "events", "scheduler"] as const;

export type OtherApi = (typeof OTHER_APIS)[number];

/** @param api `ecs`, or the part of another API that is served */
export function loadModel(api: "ecs" | OtherApi = "ecs"): Model {
  return JSON.parse(readFileSync(new URL(`../${api}.json`, import.meta.url), "utf8")) as Model;
}

/** The shape of that name; a name that the model lacks is a mistake in the model or in overrides.yaml. */
export function shapeOf(model: Model, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}

/** Shape of a list's items, or of a map's values. */
export function itemOf(name: string, shape: Shape): string {
  const item = shape.type === "map" ? shape.value : shape.member;
  if (item === undefined) throw new Error(`${shape.type} ${name} says nothing of its items`);
  return item.shape;
}

/** Names of the shapes from which a timestamp can be reached. */
export function shapesWithTimestamps(model: Model): ReadonlySet<string> {
  const found = new Set<string>();
  const reaches = (name: string, path: readonly string[]): boolean => {
    if (found.has(name)) return true;
    if (path.includes(name)) return false;
    const shape = shapeOf(model, name);
    const hit =
      shape.type === "timestamp" || referencesOf(name, shape).some((reference) => reaches(reference, [...path, name]));
    if (hit) found.add(name);
    return hit;
  };
  for (const name of Object.keys(model.shapes)) reaches(name, []);
  return found;
}

function referencesOf(name: string, shape: Shape): string[] {
  if (shape.type === "structure") return Object.values(shape.members ?? {}).map((member) => member.shape);
  return shape.type === "list" || shape.type === "map" ? [itemOf(name, shape)] : [];
}
