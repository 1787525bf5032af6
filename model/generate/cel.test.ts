import { expect } from "chai";
import { immutability } from "./cel.ts";

describe("immutability", () => {
  it("of a required member compares it", () => {
    expect(immutability("family", true, undefined).rule).to.equal("self.family == oldSelf.family");
  });

  it("of an optional member also refuses its coming and going", () => {
    expect(immutability("cpu", false, undefined).rule).to.equal(
      "has(self.cpu) == has(oldSelf.cpu) && (!has(self.cpu) || self.cpu == oldSelf.cpu)",
    );
  });

  it("escapes words of CEL and gives the advice", () => {
    const { rule, message } = immutability("namespace", true, "make a new one");
    expect(rule).to.equal("self.__namespace__ == oldSelf.__namespace__");
    expect(message).to.equal("namespace cannot be changed: make a new one.");
  });
});
