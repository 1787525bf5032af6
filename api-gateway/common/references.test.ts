import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import { shortNameOf } from "./references.ts";

describe("shortNameOf", () => {
  const prefix = "arn:aws:ecs:us-east-1:000000000000";

  it("takes names, ids and both forms of ARN", () => {
    for (const reference of ["web", `${prefix}:service/prod/web`, `${prefix}:service/web`]) {
      assert.equal(shortNameOf("service", reference, "prod"), "web");
    }
    assert.equal(shortNameOf("task", `${prefix}:task/prod/abc`, "prod"), "abc");
  });

  it("refuses what belongs to another cluster or is another thing", () => {
    for (const reference of [`${prefix}:service/test/web`, `${prefix}:task/prod/web`, "arn:aws:s3:::web"]) {
      assert.throws(() => shortNameOf("service", reference, "prod"), EcsError, /^Invalid identifier: /);
    }
  });
});
