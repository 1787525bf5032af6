import { expect } from "chai";
import type { ContainerImages } from "../pod/image.ts";
import { begunImages } from "./images.ts";
import { applied, digitsOf, state, taskDefinition } from "./testing/fixtures.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("the images of a service's deployment", () => {
  const images: ContainerImages = new Map([
    ["web", { image: `nginx@${DIGEST}`, imagePullPolicy: "IfNotPresent" as const }],
  ]);
  const { containerDefinitions } = taskDefinition(1).spec;
  const begun = applied(state({ images }));

  it("are those that the Deployment has once it has begun, so that nothing rolls out by itself", () => {
    expect(begunImages(begun.deployment, digitsOf(begun), containerDefinitions)).to.deep.equal(images);
    const again = applied({ ...begun, images: begunImages(begun.deployment, digitsOf(begun), containerDefinitions) });
    expect(again.deployment?.spec?.template).to.deep.equal(begun.deployment?.spec?.template);
  });

  it("stay as they were before tags were resolved", () => {
    const before = applied(state());
    expect(begunImages(before.deployment, digitsOf(before), containerDefinitions)).to.deep.equal(
      new Map([["web", { image: "nginx", imagePullPolicy: "IfNotPresent" }]]),
    );
  });

  it("are not known of another deployment, nor before the first", () => {
    expect(begunImages(begun.deployment, "1234567890123456789", containerDefinitions)).to.equal(undefined);
    expect(begunImages(undefined, digitsOf(begun), containerDefinitions)).to.equal(undefined);
  });

  it("are not taken from what somebody else has put into the Deployment", () => {
    const foreign = applied(
      state({ images: new Map([["web", { image: `other@${DIGEST}`, imagePullPolicy: "IfNotPresent" }]]) }),
    );
    expect(begunImages(foreign.deployment, digitsOf(foreign), containerDefinitions)).to.equal(undefined);
  });
});
