import { expect } from "chai";
import { apiVersionOf, compareResourceVersions, keyOf, parseKey, RESOURCE, resourcePath } from "./resources.ts";

describe("resourcePath", () => {
  const pod = { namespace: "ns", name: "web" };
  it("addresses kinds of the core group and of others", () => {
    expect(resourcePath(RESOURCE.pods)).to.equal("/api/v1/pods");
    expect(resourcePath(RESOURCE.pods, { namespace: "ns" })).to.equal("/api/v1/namespaces/ns/pods");
    expect(resourcePath(RESOURCE.pods, pod, "status")).to.equal("/api/v1/namespaces/ns/pods/web/status");
    expect(resourcePath(RESOURCE.deployments, pod)).to.equal("/apis/apps/v1/namespaces/ns/deployments/web");
    expect(resourcePath(RESOURCE.namespaces, { name: "ns" })).to.equal("/api/v1/namespaces/ns");
  });

  it("refuses what would address something else, and escapes what could", () => {
    expect(() => resourcePath(RESOURCE.pods, { name: "web" })).to.throw("needs a namespace");
    expect(() => resourcePath(RESOURCE.namespaces, { name: "" })).to.throw("needs a name");
    expect(resourcePath(RESOURCE.pods, { namespace: "ns", name: "../x?y" })).to.match(/pods\/\.\.%2Fx%3Fy$/);
  });
});

describe("keys and versions", () => {
  it("turns references into keys and back", () => {
    for (const ref of [{ namespace: "ns", name: "web" }, { name: "node" }]) {
      expect(parseKey(keyOf(ref))).to.deep.equal(ref);
    }
  });

  it("orders resourceVersions as the numbers they are", () => {
    const versions = ["10", "9", "100", "99999999999999999999", "2"];
    expect(versions.sort(compareResourceVersions)).to.deep.equal(["2", "9", "10", "100", "99999999999999999999"]);
    expect(compareResourceVersions("7", "7")).to.equal(0);
  });

  it("names API versions", () => {
    expect(apiVersionOf(RESOURCE.pods)).to.equal("v1");
    expect(apiVersionOf(RESOURCE.leases)).to.equal("coordination.k8s.io/v1");
  });
});
