import { expect } from "chai";
import { readSettings } from "../settings.ts";
import { askedRegistries } from "./kecs.ts";

const askedWith = (env: NodeJS.ProcessEnv): string =>
  askedRegistries(readSettings("/src", env, { platform: "linux", uid: 0 }));

describe("the registries that the operator asks", () => {
  it("are all, but only the machine's own where nothing outside is to be asked or our stand-ins are wanted", () => {
    expect(askedWith({})).to.equal("all");
    expect(askedWith({ CONTEXT: "mine", CI: "true" })).to.equal("all");
    expect(askedWith({ CI: "true" })).to.equal("localhost,127.0.0.1");
    expect(askedWith({ KECS_CLUSTER_IMAGES: "1" })).to.equal("localhost,127.0.0.1");
  });
});
