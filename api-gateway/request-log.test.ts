import { expect } from "chai";
import { keepingLog } from "#projector/testing/fixtures.ts";
import { type AnsweredRequest, logRequest } from "./request-log.ts";

describe("requests in the log", () => {
  const request: AnsweredRequest = {
    requestId: "id",
    method: "POST",
    path: "/",
    operation: "DescribeTasks",
    status: 200,
    code: "OK",
    seconds: 0.01,
    accessKeyId: undefined,
    userAgent: "",
    remote: "127.0.0.1",
  };
  const cases: [string, Partial<AnsweredRequest>, number][] = [
    ["leave out a read that was answered soon", {}, 0],
    ["have a read that was slow", { seconds: 1 }, 1],
    ["have a read that failed", { code: "ClusterNotFoundException", status: 400 }, 1],
    ["have a call that changes something", { operation: "RunTask" }, 1],
    ["have a request that names no operation", { operation: undefined }, 1],
  ];
  for (const [what, given, lines] of cases) {
    it(what, () => {
      const said: string[] = [];
      logRequest(keepingLog(said), { ...request, ...given }, false);
      expect(said).to.have.length(lines);
    });
  }

  it("have every read where all are wanted", () => {
    const said: string[] = [];
    logRequest(keepingLog(said), request, true);
    expect(said).to.deep.equal(["Request"]);
  });
});
