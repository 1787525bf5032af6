import { expect } from "chai";
import { readFileSync } from "node:fs";
import { loadModel } from "./model.ts";
import { loadOverrides, sectionOf, unusedRules, valueRule, withOwnShapes } from "./overrides.ts";
import { writeCrds } from "./write-crds.ts";

const overrides = loadOverrides();
const model = withOwnShapes(loadModel(), overrides);

/** kubectl apply keeps the whole object in an annotation, which may have 256 KiB. */
const ANNOTATION_MAX = 256 * 1024;

describe("overrides.yaml", () => {
  it("has no rule for what the model lacks", () => {
    expect(unusedRules(model, overrides)).to.deep.equal([]);
    const misspelt = { ...overrides, values: { "Tag.kye": { maxLength: 1 } } };
    expect(unusedRules(model, misspelt)).to.deep.equal(["Tag.kye"]);
  });

  it("lets an exact rule win over a general one", () => {
    const values = {
      "CreateServiceRequest.cluster": { maxLength: 2 },
      "*Request.cluster": { maxLength: 1, minLength: 1 },
    };
    const rule = valueRule({ ...overrides, values }, "CreateServiceRequest.cluster");
    expect(rule).to.deep.equal({ maxLength: 2, minLength: 1 });
  });

  it("refuses shapes of ours that have the name of one of ECS", () => {
    const taken = { ...overrides, shapes: { Tag: { type: "structure", members: {} } as const } };
    expect(() => withOwnShapes(loadModel(), taken)).to.throw("Tag");
  });

  it("refuses a resource that names members which ECS lacks", () => {
    expect(() => sectionOf(model, { from: "Tag", omit: ["nothing"] })).to.throw("nothing");
  });
});

describe("crds/", () => {
  for (const [path, text] of writeCrds(model, overrides)) {
    it(`${path} fits into the annotation of kubectl apply`, () => {
      expect(text.length).to.be.below(ANNOTATION_MAX / 1.5);
      expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).to.equal(text);
    });
  }
});
