import { expect } from "chai";
import { usedImage } from "./images.ts";
import type { Resolution } from "./resolver.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const LAST = `sha256:${"b".repeat(64)}`;

describe("the image that a container is given", () => {
  const digest: Resolution = { kind: "digest", digest: DIGEST };
  const unreachable: Resolution = { kind: "unreachable", reason: "connect ECONNREFUSED" };
  const cases: [string, Resolution, string | undefined, string, "Always" | "IfNotPresent"][] = [
    ["what the tag names now", digest, LAST, `app:1@${DIGEST}`, "IfNotPresent"],
    ["what only its node may pull", { kind: "denied" }, LAST, "app:1", "Always"],
    ["what ran last, while the registry is away", unreachable, LAST, `app:1@${LAST}`, "IfNotPresent"],
    ["a node's copy of what never ran", unreachable, undefined, "app:1", "IfNotPresent"],
    ["what ran last, where the tag is gone", { kind: "missing" }, LAST, `app:1@${LAST}`, "IfNotPresent"],
    ["a node's copy of what nobody is asked about", { kind: "unasked" }, LAST, "app:1", "IfNotPresent"],
  ];
  for (const [what, resolution, last, image, imagePullPolicy] of cases) {
    it(`is ${what}`, () => {
      expect(usedImage({ image: "app:1" }, resolution, () => last)).to.deep.equal({ image, imagePullPolicy });
    });
  }

  it("has no digest without version consistency", () => {
    const container = { image: "app:1", versionConsistency: "disabled" } as const;
    expect(usedImage(container, digest, () => LAST)).to.deep.equal({ image: "app:1", imagePullPolicy: "Always" });
    expect(usedImage(container, unreachable, () => LAST)).to.deep.equal({
      image: "app:1",
      imagePullPolicy: "IfNotPresent",
    });
  });
});
