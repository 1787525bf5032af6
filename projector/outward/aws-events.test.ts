import { expect } from "chai";
import type { ECSService } from "#model/generated/resources.generated.ts";
import { awsEventsOf } from "./aws-events.ts";

describe("ECS Service Action events", () => {
  const service = (...messages: string[]): ECSService => ({
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSService",
    metadata: { name: "web", uid: "0a1b" },
    spec: {},
    status: { events: messages.map((message) => ({ id: message, message, createdAt: "2026-11-24T11:05:00Z" })) },
  });
  const actions = (now: ECSService, before?: ECSService) =>
    awsEventsOf(
      {
        position: "1",
        kind: "ECSService",
        change: "MODIFIED",
        source: "watch",
        changedAt: new Date("2026-11-24T11:05:00Z"),
        uid: "0a1b",
        arn: "arn:aws:ecs:us-east-1:000000000000:service/shop/web",
        resourceVersion: "2",
        object: now,
      },
      before,
      { region: "us-east-1", accountId: "000000000000" },
    ).map(({ detail }) => [detail["eventType"], detail["eventName"], detail["reason"]]);

  it("are told of what a service says for the first time, oldest first", () => {
    const before = service("(service web) has reached a steady state.");
    const now = service(
      "(service web) is unable to consistently start tasks successfully.",
      "(service web) was unable to place a task because no container instance met all of its requirements. Reason: none.",
      "(service web, taskSet ecs-svc/1) updated state to STEADY_STATE.",
      "(service web, taskSet ecs-svc/1) registered 1 targets in (target-group arn)",
      "(service web) updated computedDesiredCount for taskSet ecs-svc/1 to 2.",
      "(service web) has reached a steady state.",
    );
    expect(actions(now, before)).to.deep.equal([
      ["INFO", "SERVICE_DESIRED_COUNT_UPDATED", undefined],
      ["INFO", "TASKSET_STEADY_STATE", undefined],
      ["ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", "none."],
      ["WARN", "SERVICE_TASK_START_IMPAIRED", undefined],
    ]);
  });
});
