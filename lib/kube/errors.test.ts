import { expect } from "chai";
import { isAlreadyExists, isConflict, isGone, isNotFound, KubeError, kubeErrorFromStatus } from "./errors.ts";

describe("KubeError", () => {
  it("says what the API server said", () => {
    const body = {
      message: 'pods "web" not found',
      reason: "NotFound",
      code: 404,
      details: { name: "web", kind: "pods" },
    };
    const error = kubeErrorFromStatus(body, { status: 404, request: "GET /api/v1/namespaces/ns/pods/web" });
    expect(error.message).to.equal('pods "web" not found');
    expect(error).to.include({ status: 404, reason: "NotFound", retryable: false });
    expect(error.details?.name).to.equal("web");
    expect(isNotFound(error)).to.equal(true);
  });

  it("makes do with a bare status", () => {
    expect(kubeErrorFromStatus({}, { status: 503 })).to.include({ reason: "ServiceUnavailable", retryable: true });
    expect(kubeErrorFromStatus({ code: 418 }).reason).to.equal("Unknown");
  });

  it("tells two sorts of 409 apart", () => {
    const exists = new KubeError({ status: 409, reason: "AlreadyExists", message: "" });
    const conflict = new KubeError({ status: 409, reason: "Conflict", message: "" });
    expect([isAlreadyExists(exists), isConflict(exists)]).to.deep.equal([true, false]);
    expect([isAlreadyExists(conflict), isConflict(conflict)]).to.deep.equal([false, true]);
  });

  it("knows what may be tried again", () => {
    const retryable = (status: number, reason = ""): boolean =>
      new KubeError({ status, reason, message: "" }).retryable;
    expect([429, 500, 503, 504].map((status) => retryable(status))).to.deep.equal([true, true, true, true]);
    expect([400, 403, 404, 409, 422].some((status) => retryable(status))).to.equal(false);
    expect(retryable(0, "Unreachable")).to.equal(true);
    expect(retryable(0, "Malformed")).to.equal(false);
  });

  it("takes the wait that the server asks for, and knows an expired version", () => {
    const error = kubeErrorFromStatus({ code: 429, details: { retryAfterSeconds: 2 } });
    expect(error.retryAfterMs).to.equal(2000);
    expect(isGone(kubeErrorFromStatus({ code: 410, reason: "Expired" }))).to.equal(true);
  });
});
