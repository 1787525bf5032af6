import { expect } from "chai";
import { mask } from "./mask.ts";

describe("log masking", () => {
  it("hides what names tell to be secret, at any depth", () => {
    const masked = mask("input", {
      password: "p",
      containerDefinitions: [{ name: "app", environment: [{ name: "A", value: "b" }], secrets: [{ valueFrom: "x" }] }],
      headers: { Authorization: "AWS4 …" },
    });
    expect(JSON.stringify(masked)).to.equal(
      '{"password":"***","containerDefinitions":[{"name":"app","environment":"***","secrets":"***"}],"headers":{"Authorization":"***"}}',
    );
  });

  it("keeps errors with code and causes, and bounds cycles", () => {
    const inner = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
    const masked = mask("error", new Error("outer", { cause: inner }));
    expect(masked).to.nested.include({ message: "outer", "cause.message": "refused", "cause.code": "ECONNREFUSED" });
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(JSON.stringify(mask("loop", loop))).to.include("…");
  });
});
