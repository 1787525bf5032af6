import { expect } from "chai";
import { ROUTES } from "#model/generated/scheduler/operations.generated.ts";
import { membersInUrl, pathOf } from "./rest.ts";

describe("REST JSON requests", () => {
  it("have paths as the router takes them", () => {
    expect(pathOf(ROUTES.GetSchedule)).to.equal("/schedules/:Name");
    expect(pathOf(ROUTES.ListSchedules)).to.equal("/schedules");
  });

  it("have members in their paths and queries, of their types", () => {
    const query = { ScheduleGroup: "default", MaxResults: "7", unknown: "x" };
    expect(membersInUrl(ROUTES.ListSchedules, {}, query)).to.deep.equal({ GroupName: "default", MaxResults: 7 });
    expect(membersInUrl(ROUTES.GetSchedule, { Name: "a" }, { groupName: ["x", "y"] })).to.deep.equal({
      Name: "a",
      GroupName: "x",
    });
    expect(membersInUrl(ROUTES.ListSchedules, {}, { MaxResults: "many" })).to.deep.equal({ MaxResults: "many" });
  });
});
