import { assert } from "chai";
import { requestHash } from "./request-hash.ts";

describe("requestHash", () => {
  it("does not depend on the order of members nor on the client token", () => {
    const one = { taskDefinition: "web", overrides: { cpu: "1", memory: "2" }, clientToken: "x" };
    const same = { clientToken: "y", overrides: { memory: "2", cpu: "1" }, taskDefinition: "web" };
    assert.equal(requestHash(one), requestHash(same));
  });

  it("tells lists in another order apart", () => {
    assert.notEqual(requestHash({ command: ["a", "b"] }), requestHash({ command: ["b", "a"] }));
  });
});
