import { expect } from "chai";
import { transcriptGroup } from "./transcript-group.ts";

const awslogs = { logConfiguration: { logDriver: "awslogs" as const, options: { "awslogs-group": "/ecs/web" } } };

describe("the log group of a session", () => {
  it("is that of the container unless the cluster says otherwise", () => {
    expect(transcriptGroup(undefined, awslogs)).to.equal("/ecs/web");
    expect(transcriptGroup({ executeCommandConfiguration: { logging: "DEFAULT" } }, awslogs)).to.equal("/ecs/web");
    expect(transcriptGroup({ executeCommandConfiguration: {} }, awslogs)).to.equal("/ecs/web");
  });

  it("is none where the container has none, or none is wanted", () => {
    expect(transcriptGroup(undefined, {})).to.equal(undefined);
    expect(transcriptGroup(undefined, { logConfiguration: { logDriver: "json-file" } })).to.equal(undefined);
    expect(transcriptGroup({ executeCommandConfiguration: { logging: "NONE" } }, awslogs)).to.equal(undefined);
  });

  it("is the cluster's own with OVERRIDE", () => {
    const logConfiguration = { cloudWatchLogGroupName: "/ecs/exec" };
    const configuration = { executeCommandConfiguration: { logging: "OVERRIDE" as const, logConfiguration } };
    expect(transcriptGroup(configuration, awslogs)).to.equal("/ecs/exec");
    expect(transcriptGroup(configuration, {})).to.equal("/ecs/exec");
  });
});
