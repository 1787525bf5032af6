import { expect } from "chai";
import { OPERATIONS as AUTOSCALING } from "./generated/autoscaling/operations.generated.ts";
import type { OperationName as AutoscalingOperation } from "./generated/autoscaling/types.generated.ts";
import { OPERATIONS as EVENTS } from "./generated/events/operations.generated.ts";
import type { OperationName as EventsOperation } from "./generated/events/types.generated.ts";
import { OPERATIONS as SCHEDULER } from "./generated/scheduler/operations.generated.ts";
import type { OperationName as SchedulerOperation } from "./generated/scheduler/types.generated.ts";
import { validateInput as validateAutoscaling } from "./validate-autoscaling.ts";
import { validateInput as validateEvents } from "./validate-events.ts";
import { validateInput as validateScheduler } from "./validate-scheduler.ts";

describe("the inputs of the APIs beside that of ECS", () => {
  it("can all be checked", () => {
    for (const operation of Object.keys(EVENTS) as EventsOperation[]) validateEvents(operation, {});
    for (const operation of Object.keys(SCHEDULER) as SchedulerOperation[]) validateScheduler(operation, {});
    for (const operation of Object.keys(AUTOSCALING) as AutoscalingOperation[]) validateAutoscaling(operation, {});
  });

  it("may hold what Java calls printable", () => {
    const named = {
      PolicyName: "cpu 70",
      ServiceNamespace: "ecs",
      ResourceId: "service/a/b",
      ScalableDimension: "ecs:service:DesiredCount",
    };
    expect(validateAutoscaling("PutScalingPolicy", named)).to.deep.equal([]);
    expect(validateAutoscaling("PutScalingPolicy", { ...named, PolicyName: "tab\t" })[0]?.path).to.equal("PolicyName");
  });

  it("are refused by the member that is wrong", () => {
    const [missing] = validateEvents("PutTargets", { Rule: "a", Targets: [{ Id: "a" }] });
    expect(missing?.path).to.equal("Targets[0].Arn");
    const [wrong] = validateScheduler("GetSchedule", { Name: "not a name" });
    expect(wrong).to.deep.include({ path: "Name", kind: "constraint" });
    const [type] = validateScheduler("ListSchedules", { MaxResults: "many" });
    expect(type).to.deep.include({ path: "MaxResults", kind: "type" });
  });
});
