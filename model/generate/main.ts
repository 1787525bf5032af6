/**
 * Writes what is generated from the model: `npm run generate`. With `--check` it writes nothing, names the files
 * that are stale and exits with 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { membersPage } from "./members-page.ts";
import { loadModel, OTHER_APIS, type OtherApi } from "./model.ts";
import { loadOverrides, type Overrides, unusedRules, withOwnShapes } from "./overrides.ts";
import { writeCrds } from "./write-crds.ts";
import { writeOtherResources, writeResources } from "./write-resources.ts";
import { writeSchemas } from "./write-schemas.ts";
import { writeOperations, writeTypes } from "./write-types.ts";
import { writeWire } from "./write-wire.ts";

const root = join(import.meta.dirname, "../..");

/** Path from the root of the repository → text. */
function generate(): Map<string, string> {
  const model = loadModel();
  const overrides = loadOverrides();
  const extended = withOwnShapes(model, overrides);
  const unused = unusedRules(extended, overrides);
  if (unused.length > 0) throw new Error(`overrides.yaml has rules for what the model lacks: ${unused.join(", ")}`);
  return new Map([
    ["model/generated/types.generated.ts", writeTypes(model)],
    ["model/generated/operations.generated.ts", writeOperations(model)],
    ["model/generated/resources.generated.ts", writeResources(extended, overrides)],
    ["model/generated/schemas.generated.json", writeSchemas(model, overrides)],
    ["model/generated/wire.generated.ts", writeWire(model)],
    ...writeCrds(extended, overrides),
    ...OTHER_APIS.flatMap((api) => generateOther(api, overrides)),
    ...generateDiscovery(),
    ["docs/task-definition-members.md", membersPage(model)],
  ]);
}

/** The other APIs have no rules beyond their models; resources of ours that they act on are in overrides.yaml. */
function generateOther(api: OtherApi, overrides: Overrides): [string, string][] {
  const model = loadModel(api);
  const folder = `model/generated/${api}`;
  return [
    [`${folder}/types.generated.ts`, writeTypes(model)],
    [`${folder}/operations.generated.ts`, writeOperations(model)],
    [`${folder}/schemas.generated.json`, writeSchemas(model, { ...overrides, values: {} }, api)],
    [`${folder}/wire.generated.ts`, writeWire(model)],
  ];
}

/** The resources that stand for Cloud Map's. */
function generateDiscovery(): [string, string][] {
  const model = loadModel("servicediscovery");
  const overrides = loadOverrides("overrides-discovery.yaml");
  return [
    ["model/generated/servicediscovery/resources.generated.ts", writeOtherResources(model, overrides)],
    ...writeCrds(model, overrides),
  ];
}

function isStale(path: string, text: string): boolean {
  try {
    return readFileSync(join(root, path), "utf8") !== text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}

const stale = [...generate()].filter(([path, text]) => isStale(path, text));
if (process.argv.includes("--check")) {
  for (const [path] of stale) process.stderr.write(`${path} is stale: run npm run generate and commit the result\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
