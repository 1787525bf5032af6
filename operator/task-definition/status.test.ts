import { expect } from "chai";
import type { ContainerDefinition } from "#model/generated/types.generated.ts";
import type { ECSTaskDefinition, ECSTaskDefinitionSpec } from "#model/generated/resources.generated.ts";
import { taskDefinitionStatus } from "./status.ts";

const identity = { region: "us-east-1", accountId: "000000000000" };
const now = new Date("2026-01-01T00:10:00.000Z");

function definition(spec: Partial<ECSTaskDefinitionSpec> = {}): ECSTaskDefinition {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSTaskDefinition",
    metadata: { name: "web.3", generation: 1, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { family: "web", containerDefinitions: [{ name: "a", image: "i", memory: 8 }], ...spec },
  };
}

const statusOf = (of: ECSTaskDefinition, clash = false) => taskDefinitionStatus(of, 3, clash, { identity, now });
const holding = (of: ECSTaskDefinition, clash = false) =>
  statusOf(of, clash).conditions?.find(({ status }) => status === "True");

describe("a task definition's status", () => {
  it("is registered under its number", () => {
    expect(statusOf(definition())).to.deep.include({
      taskDefinitionArn: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:3",
      revision: 3,
      status: "ACTIVE",
      compatibilities: ["EXTERNAL", "EC2"],
      registeredAt: "2026-01-01T00:00:00Z",
    });
    expect(holding(definition())).to.include({ type: "Ready" });
  });

  it("keeps the time at which it was deregistered", () => {
    const inactive = definition({ status: "INACTIVE" });
    const first = statusOf(inactive);
    expect(first).to.include({ status: "INACTIVE", deregisteredAt: now.toISOString() });
    const later = taskDefinitionStatus({ ...inactive, status: first }, 3, false, { identity, now: new Date() });
    expect(later).to.deep.equal(first);
  });

  it("is Stalled by a broken rule, an unsupported member, a number taken", () => {
    const broken = definition({ containerDefinitions: [{ name: "a", image: "i" }] });
    expect(holding(broken)).to.include({ type: "Stalled", reason: "InvalidTaskDefinition" });
    expect(holding(definition({ networkMode: "none" }))).to.include({ type: "Stalled", reason: "Unsupported" });
    expect(holding(definition(), true)).to.include({ type: "Stalled", reason: "NameConflict" });
  });

  it("tells what it fits and needs", () => {
    const status = statusOf(definition({ networkMode: "awsvpc", cpu: "256", memory: "512" }));
    expect(status.compatibilities).to.deep.equal(["EC2", "FARGATE"]);
    expect(status.requiresAttributes?.map(({ name }) => name)).to.include("ecs.capability.task-eni");
    const options = { "config-file-type": "file", "config-file-value": "/extra.conf" };
    const containerDefinitions: ContainerDefinition[] = [
      { name: "a", image: "i", memory: 8, logConfiguration: { logDriver: "awsfirelens" } },
      { name: "b", image: "i", memory: 8, firelensConfiguration: { type: "fluentd", options } },
    ];
    expect(statusOf(definition({ containerDefinitions })).requiresAttributes?.map(({ name }) => name)).to.deep.equal([
      "com.amazonaws.ecs.capability.logging-driver.awsfirelens",
      "com.amazonaws.ecs.capability.docker-remote-api.1.18",
      "ecs.capability.firelens.fluentd",
      "ecs.capability.firelens.options.config.file",
    ]);
  });
});
