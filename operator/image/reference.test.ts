import { expect } from "chai";
import { apiHost, isLoopback, isOfficial, parseReference } from "./reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an image's name", () => {
  const names: [string, ReturnType<typeof parseReference>][] = [
    ["nginx", { registry: "docker.io", repository: "library/nginx", tag: "latest" }],
    ["nginx:1.29", { registry: "docker.io", repository: "library/nginx", tag: "1.29" }],
    ["grafana/loki:3", { registry: "docker.io", repository: "grafana/loki", tag: "3" }],
    ["docker.io/nginx", { registry: "docker.io", repository: "library/nginx", tag: "latest" }],
    ["index.docker.io/nginx", { registry: "docker.io", repository: "library/nginx", tag: "latest" }],
    ["localhost/app", { registry: "localhost", repository: "app", tag: "latest" }],
    ["127.0.0.1:5000/a/b:v1", { registry: "127.0.0.1:5000", repository: "a/b", tag: "v1" }],
    ["ghcr.io/a/b__c", { registry: "ghcr.io", repository: "a/b__c", tag: "latest" }],
    [`nginx@${DIGEST}`, { registry: "docker.io", repository: "library/nginx", digest: DIGEST }],
    [`nginx:1@${DIGEST}`, { registry: "docker.io", repository: "library/nginx", digest: DIGEST, tag: "1" }],
  ];
  for (const [name, reference] of names) {
    it(`is read as containerd reads it: ${name}`, () => expect(parseReference(name)).to.deep.equal(reference));
  }

  const wrong = [
    "",
    "Nginx",
    "nginx:",
    "nginx:a:b",
    "a//b",
    "nginx@sha256:12",
    `nginx@${DIGEST}@${DIGEST}`,
    "user:secret@host.example/app",
    "host.example:99/../app",
    "-x.example/app",
    "host.example/app?x",
    `a${"/a".repeat(3)}:${"t".repeat(129)}`,
  ];
  for (const name of wrong) {
    it(`is none: ${name}`, () => expect(parseReference(name)).to.equal(undefined));
  }

  it("tells official images, registries of the machine and where Docker Hub's API is", () => {
    expect(isOfficial({ registry: "docker.io", repository: "library/nginx" })).to.equal(true);
    expect(isOfficial({ registry: "docker.io", repository: "grafana/loki" })).to.equal(false);
    expect(isOfficial({ registry: "ghcr.io", repository: "library/nginx" })).to.equal(false);
    expect(["localhost", "localhost:5000", "127.0.0.1:5000", "127.1.2.3"].every(isLoopback)).to.equal(true);
    expect(["127.example", "10.0.0.1:5000", "localhost.example"].some(isLoopback)).to.equal(false);
    expect(apiHost("docker.io")).to.equal("registry-1.docker.io");
    expect(apiHost("127.0.0.1:5000")).to.equal("127.0.0.1:5000");
  });
});
