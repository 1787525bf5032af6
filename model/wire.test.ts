import { expect } from "chai";
import * as fc from "fast-check";
import { WIRE } from "./generated/wire.generated.ts";
import type { ShapeName } from "./generated/types.generated.ts";
import { fromWire, toWire } from "./wire.ts";

describe("toWire", () => {
  it("turns timestamps at any depth into epoch seconds", () => {
    const service = toWire("Service", {
      createdAt: "2026-11-21T10:00:00Z",
      deployments: [{ id: "ecs-svc/1", updatedAt: "2026-11-21T10:00:00.250Z" }],
    });
    expect(service).to.deep.equal({
      createdAt: 1795255200,
      deployments: [{ id: "ecs-svc/1", updatedAt: 1795255200.25 }],
    });
  });

  it("leaves out members that the shape does not have, nulls and timestamps that say nothing", () => {
    const task = toWire("Task", { podName: "p", group: null, stoppedAt: "soon", taskArn: "a", conditions: [] });
    expect(task).to.deep.equal({ taskArn: "a" });
  });

  it("copies deeply", () => {
    const dockerLabels = { a: "1" };
    const definition = toWire("TaskDefinition", { containerDefinitions: [{ name: "web", dockerLabels }] });
    dockerLabels.a = "2";
    expect(definition).to.deep.equal({ containerDefinitions: [{ name: "web", dockerLabels: { a: "1" } }] });
  });

  it("survives values of the wrong type", () => {
    const shapes = fc.constantFrom(...(Object.keys(WIRE) as ShapeName[]));
    const members = fc.constantFrom("createdAt", "deployments", "containers", "taskSets", "tags", "__proto__");
    fc.assert(
      fc.property(shapes, fc.dictionary(members, fc.jsonValue()), (shape, value) => {
        expect(toWire(shape, value)).to.be.an("object");
      }),
    );
  });
});

describe("fromWire", () => {
  it("is the reverse of toWire", () => {
    const service = {
      serviceName: "web",
      createdAt: "2026-11-21T10:00:00.000Z",
      events: [{ id: "1", createdAt: "2026-11-21T10:00:01.500Z", message: "steady" }],
    };
    expect(fromWire("Service", toWire("Service", service))).to.deep.equal(service);
  });
});
