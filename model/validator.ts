import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { describeProblem, pathOf } from "./problem.ts";

/** What is wrong with an input. */
export interface ValidationProblem {
  /** The member in ECS's notation, for example `containerDefinitions[0].image`; empty for the input itself. */
  readonly path: string;
  /** A sentence that names the member; in the API's own words where they are known. */
  readonly message: string;
  /** `type`: the JSON does not fit the shape (AWS: SerializationException); `constraint`: the value is not allowed. */
  readonly kind: "type" | "constraint";
}

/** What is generated from the model of an API. */
export interface GeneratedModel<N extends string> {
  readonly operations: Readonly<Record<N, { readonly input: string }>>;
  readonly schemas: { readonly $id: string };
  /** Members of the structures, see `wire.generated.ts`. */
  readonly wire: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Validator<N extends string> {
  /**
   * Checks an operation's input against the model and the limits that AWS documents: the first problem found, or an
   * empty list. Members that the model does not know are left alone, members that are null count as absent. Never
   * throws and never changes the input. The first call of an operation compiles its schema (tens of milliseconds).
   */
  readonly validateInput: (operation: N, input: unknown) => ValidationProblem[];
  /**
   * The input without the members of the model that are null, as AWS reads them. The same object where there are none.
   * @param shape name of the input's shape, for example `RunTaskRequest`
   */
  readonly withoutNulls: (shape: string, value: unknown) => unknown;
}

/** Checks of the inputs of one API. */
export function createValidator<N extends string>({ operations, schemas, wire }: GeneratedModel<N>): Validator<N> {
  const ajv = createAjv(schemas);
  const compiled = new Map<N, ValidateFunction>();

  function withoutNulls(shape: string, value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const members = wire[shape] ?? {};
    let result: Record<string, unknown> = value as Record<string, unknown>;
    for (const member in members) {
      if (!Object.hasOwn(value, member)) continue;
      const before = result[member];
      const after = before === null ? undefined : withoutNullsIn(members[member] ?? "", before);
      if (after === before) continue;
      if (result === value) result = { ...value };
      if (after === undefined) delete result[member];
      else result[member] = after;
    }
    return result;
  }

  function withoutNullsIn(treatment: string, value: unknown): unknown {
    if (treatment === "" || treatment === "@") return value;
    if (!treatment.startsWith("[]")) return withoutNulls(treatment, value);
    if (!Array.isArray(value)) return value;
    const items = value.map((item) => withoutNulls(treatment.slice(2), item));
    return items.every((item, index) => item === value[index]) ? value : items;
  }

  function validatorOf(operation: N): ValidateFunction {
    const known = compiled.get(operation);
    if (known !== undefined) return known;
    const validate = ajv.getSchema(`${schemas.$id}#/$defs/${operations[operation].input}`);
    if (validate === undefined) throw new Error(`no schema for the input of ${operation}: npm run generate`);
    compiled.set(operation, validate);
    return validate;
  }

  return {
    withoutNulls,
    validateInput(operation, input) {
      const validate = validatorOf(operation);
      if (validate(withoutNulls(operations[operation].input, input))) return [];
      return (validate.errors ?? []).map(problemOf);
    },
  };
}

function createAjv(schemas: object): Ajv {
  // The first problem only: an input of a megabyte must not make a million messages. The schemas are our own and
  // tests compile them all: checking them against the meta schema would only make the start slower.
  const instance = new Ajv({
    allErrors: false,
    verbose: true,
    ownProperties: true,
    strictTypes: false,
    meta: false,
    validateSchema: false,
    code: { regExp: Object.assign(regExpOf, { code: "" }) },
  });
  instance.addFormat("int32", { type: "number", validate: (value: number) => Math.abs(value) <= 2 ** 31 - 1 });
  instance.addFormat("int64", { type: "number", validate: (value: number) => Number.isSafeInteger(value) });
  instance.addKeyword({ keyword: "says", schemaType: "object" });
  instance.addKeyword({
    keyword: "reserved",
    type: "string",
    schemaType: "string",
    compile: (prefix: string) => (value: string) => !value.toLowerCase().startsWith(prefix),
  });
  instance.addKeyword({
    keyword: "uniqueKey",
    type: "array",
    schemaType: "string",
    compile: (key: string) => (items: unknown[]) =>
      !repeats(items.map((item) => (item as Record<string, unknown> | null)?.[key])),
  });
  instance.addSchema(schemas);
  return instance;
}

/** AWS's patterns are Java's: some have a class that JavaScript lacks, or escapes that its Unicode mode refuses. */
function regExpOf(javaPattern: string, flags: string): RegExp {
  const pattern = javaPattern.replaceAll("\\p{Print}", "[ -~]");
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern, flags.replace("u", ""));
  }
}

function repeats(values: readonly unknown[]): boolean {
  const given = values.filter((value) => value !== undefined);
  return new Set(given).size < given.length;
}

function problemOf(error: ErrorObject): ValidationProblem {
  const path = pathOf(error);
  const kind = error.keyword === "type" || error.keyword === "format" ? "type" : "constraint";
  return { path, message: describeProblem(error, path), kind };
}
