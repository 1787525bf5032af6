import { assert } from "chai";
import { EcsError } from "#lib/errors.ts";
import { accessKeyIdOf } from "./credentials.ts";
import type { Api } from "./api.ts";
import { operationNamed, operationOfTarget } from "./target.ts";

const api = (name: string, targetPrefix: string, ...operations: string[]): Api => ({
  name,
  targetPrefix,
  operations: new Set(operations),
  dispatch: async () => ({}),
});
const ecs = api("ECS", "AmazonEC2ContainerServiceV20141113", "RunTask", "CreateDaemon");
const logs = api("CloudWatch Logs", "Logs_20140328", "GetLogEvents");

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.instanceOf(error, EcsError);
    assert.equal(error.status, 400);
    return error.code;
  }
  return "accepted";
}

describe("targets", () => {
  it("name an operation of an API", () => {
    const target = "AmazonEC2ContainerServiceV20141113.RunTask";
    assert.deepEqual(operationOfTarget([ecs, logs], target), { api: ecs, operation: "RunTask" });
    const other = operationOfTarget([ecs, logs], "Logs_20140328.GetLogEvents");
    assert.deepEqual(other, { api: logs, operation: "GetLogEvents" });
    assert.equal(operationNamed(ecs, "CreateDaemon").operation, "CreateDaemon");
  });

  it("are refused when they are missing or mean nothing", () => {
    assert.equal(
      codeOf(() => operationOfTarget([ecs, logs], undefined)),
      "MissingAction",
    );
    for (const target of [
      "AmazonEC2ContainerServiceV20141113",
      "AmazonEC2ContainerServiceV20141113.",
      "AmazonEC2ContainerServiceV20141113.Nope",
      "AmazonEC2ContainerServiceV20141113.constructor",
      "AmazonEC2ContainerServiceV20141113.RunTask.x",
      "Logs_20140328.RunTask",
      "DynamoDB_20120810.ListTables",
      "x".repeat(100_000),
    ]) {
      assert.equal(
        codeOf(() => operationOfTarget([ecs, logs], target)),
        "UnknownOperationException",
      );
    }
  });
});

describe("credentials", () => {
  it("tell the access key id of a signed request", () => {
    const scope = "20260101/us-east-1/ecs/aws4_request";
    const signed = `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/${scope}, SignedHeaders=host, Signature=ab`;
    assert.equal(accessKeyIdOf(signed), "AKIAEXAMPLE");
    assert.equal(accessKeyIdOf(`AWS4-HMAC-SHA256 SignedHeaders=host,Credential=AKIA2/${scope}`), "AKIA2");
  });

  it("are none for anything else", () => {
    for (const header of [undefined, "", "Basic eDp5", "AWS4-HMAC-SHA256 Credential=", "Credential=AKIA/x"]) {
      assert.isUndefined(accessKeyIdOf(header));
    }
  });
});
