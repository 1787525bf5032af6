import { expect } from "chai";

import type { Caller } from "./caller.ts";
import { type CallEcs, type EcsAnswer, getProtection, putProtection } from "./protection.ts";

const arn = "arn:aws:ecs:us-east-1:000000000000:task/shop/abc";
const cluster = "arn:aws:ecs:us-east-1:000000000000:cluster/shop";
const caller: Caller = {
  pod: {},
  task: {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTask",
    metadata: {},
    spec: { taskDefinition: "web" },
    status: { taskArn: arn, clusterArn: cluster },
  },
  definition: {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskDefinition",
    metadata: {},
    spec: { family: "web", containerDefinitions: [] },
  },
};
const { signal } = new AbortController();

/** An ECS API that always answers so, and what it was asked. */
function ecs(answer: Partial<EcsAnswer>): { call: CallEcs; asked: unknown[] } {
  const asked: unknown[] = [];
  const call: CallEcs = async (operation, input) => {
    asked.push([operation, input]);
    return { status: 200, requestId: "id-1", body: {}, ...answer };
  };
  return { call, asked };
}

describe("task protection from inside a task", () => {
  it("asks the ECS API for the task's own, and answers as ECS's agent does", async () => {
    const { call, asked } = ecs({
      body: {
        protectedTasks: [{ taskArn: arn, protectionEnabled: true, expirationDate: 1_763_719_200 }],
        failures: [],
      },
    });
    const document = {
      protection: { ProtectionEnabled: true, ExpirationDate: "2025-11-21T10:00:00.000Z", TaskArn: arn },
    };
    const body = { ProtectionEnabled: true, ExpiresInMinutes: 60, Other: 1 };
    expect(await putProtection(caller, body, call, signal)).to.deep.equal({ status: 200, document });
    expect(await getProtection(caller, call, signal)).to.deep.equal({ status: 200, document });
    expect(asked).to.deep.equal([
      ["UpdateTaskProtection", { protectionEnabled: true, expiresInMinutes: 60, cluster, tasks: [arn] }],
      ["GetTaskProtection", { cluster, tasks: [arn] }],
    ]);
  });

  it("tells why it cannot be: a task of no service, a wrong value, a body without the wish", async () => {
    const notValid = ecs({ body: { protectedTasks: [], failures: [{ arn, reason: "TASK_NOT_VALID" }] } });
    expect(await getProtection(caller, notValid.call, signal)).to.deep.equal({
      status: 200,
      document: { failure: { Arn: arn, Detail: null, Reason: "TASK_NOT_VALID" } },
    });
    const refusal = { status: 400, body: { __type: "InvalidParameterException", message: "too long" } };
    expect(await putProtection(caller, { ProtectionEnabled: true }, ecs(refusal).call, signal)).to.deep.equal({
      status: 400,
      document: { requestID: "id-1", error: { Arn: arn, Code: "InvalidParameterException", Message: "too long" } },
    });
    const unasked = ecs({});
    for (const body of [undefined, null, "x", {}, { ProtectionEnabled: "yes" }]) {
      expect((await putProtection(caller, body, unasked.call, signal)).status).to.equal(400);
    }
    expect(unasked.asked).to.deep.equal([]);
  });
});
