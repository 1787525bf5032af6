import { assert } from "chai";
import { clusterNotFound, EcsError } from "#lib/errors.ts";
import { KubeError, kubeErrorFromStatus } from "#lib/kube/errors.ts";
import { errorBody, toEcsError } from "./errors.ts";

describe("errors of calls", () => {
  it("stay what they are when they are ECS's", () => {
    const error = clusterNotFound();
    assert.strictEqual(toEcsError(error), error);
  });

  const mapped: [string, unknown, string, number][] = [
    [
      "an API server that is away",
      new KubeError({ status: 0, reason: "Unreachable", message: "m" }),
      "ServerException",
      503,
    ],
    ["a missing object", kubeErrorFromStatus({ code: 404, message: "m" }), "ClientException", 400],
    ["a taken name", kubeErrorFromStatus({ code: 409, reason: "AlreadyExists", message: "m" }), "ClientException", 400],
    ["a conflict", kubeErrorFromStatus({ code: 409, reason: "Conflict", message: "m" }), "ServerException", 503],
    ["a refused object", kubeErrorFromStatus({ code: 422, message: "m" }), "InvalidParameterException", 400],
    ["missing permissions", kubeErrorFromStatus({ code: 403, message: "m" }), "AccessDeniedException", 400],
    ["bad credentials of ours", kubeErrorFromStatus({ code: 401, message: "m" }), "ServerException", 500],
    ["an overloaded API server", kubeErrorFromStatus({ code: 429, message: "m" }), "ServerException", 503],
    ["a failing API server", kubeErrorFromStatus({ code: 500, message: "m" }), "ServerException", 503],
    ["a timeout", new DOMException("m", "TimeoutError"), "ServerException", 503],
    ["a bug", new TypeError("x is undefined"), "ServerException", 500],
    ["something thrown", "text", "ServerException", 500],
  ];
  for (const [what, error, code, status] of mapped) {
    it(`say ${code} ${status} for ${what}`, () => {
      const ecsError = toEcsError(error);
      assert.deepInclude({ code: ecsError.code, status: ecsError.status }, { code, status });
    });
  }

  it("keep inner text out of the answer and in the log", () => {
    const inner = new TypeError("password=secret");
    const error = toEcsError(inner);
    assert.notInclude(errorBody(error), "secret");
    assert.strictEqual(error.cause, inner);
  });

  it("name the members that the API server refused", () => {
    const causes = [{ field: "spec.desiredCount", message: "Invalid value: -1" }, { message: "and more" }];
    const error = toEcsError(kubeErrorFromStatus({ code: 422, message: "long", details: { causes } }));
    assert.equal(error.message, "desiredCount: Invalid value: -1; and more");
  });

  it("are answered with type, message and their own members", () => {
    const error = new EcsError("ConflictException", "In use.", { members: { resourceIds: ["a"] } });
    assert.deepEqual(JSON.parse(errorBody(error)), {
      __type: "ConflictException",
      message: "In use.",
      resourceIds: ["a"],
    });
  });
});
