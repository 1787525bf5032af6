import { expect } from "chai";

import type { ECSTaskDefinition } from "#model/generated/resources.generated.ts";
import { resolveTaskDefinition } from "./resolve.ts";
import { identity, taskDefinition } from "./testing/fixtures.ts";

const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;
const inactive = (revision: number): ECSTaskDefinition => taskDefinition(revision, { status: "INACTIVE" });

function resolve(reference: string | undefined, revisions: ECSTaskDefinition[], inUse?: string): string {
  const found = resolveTaskDefinition({ reference, inUse }, () => revisions, identity);
  return "found" in found ? found.found.arn : found.problem.reason;
}

describe("the task definition of a service", () => {
  it("is the latest ACTIVE revision of a bare family, whatever the order", () => {
    expect(resolve("web", [taskDefinition(2), taskDefinition(10), inactive(11), taskDefinition(9)])).to.equal(arn(10));
  });

  it("is the revision that is named, by family or ARN", () => {
    const revisions = [taskDefinition(1), taskDefinition(2)];
    expect(resolve("web:1", revisions)).to.equal(arn(1));
    expect(resolve(arn(1), revisions)).to.equal(arn(1));
  });

  it("stays in use after it is deregistered", () => {
    expect(resolve("web:1", [inactive(1)], arn(1))).to.equal(arn(1));
    expect(resolve("web", [inactive(1)], arn(1))).to.equal(arn(1));
  });

  it("is not taken up anew once it is deregistered", () => {
    expect(resolve("web:1", [inactive(1)])).to.equal("TaskDefinitionInactive");
    expect(resolve("web", [inactive(1)])).to.equal("TaskDefinitionInactive");
    expect(resolve("web:1", [inactive(1)], arn(2))).to.equal("TaskDefinitionInactive");
  });

  it("is waited for until it exists and has its revision", () => {
    expect(resolve("web", [])).to.equal("TaskDefinitionNotFound");
    expect(resolve("web:3", [taskDefinition(1)])).to.equal("TaskDefinitionNotFound");
    expect(resolve("web", [taskDefinition(undefined)])).to.equal("TaskDefinitionNotFound");
  });

  it("is not what only looks like one", () => {
    expect(resolve("not a name", [])).to.equal("TaskDefinitionNotFound");
    expect(resolve(undefined, [])).to.equal("TaskDefinitionNotFound");
    expect(resolve("arn:aws:ecs:us-east-1:000000000000:cluster/web", [])).to.equal("TaskDefinitionNotFound");
  });

  it("is the older of two resources with the same revision", () => {
    const younger = taskDefinition(1);
    younger.metadata = { name: "again", uid: "again", creationTimestamp: "2026-11-21T09:30:00Z" };
    const found = resolveTaskDefinition(
      { reference: "web", inUse: undefined },
      () => [younger, taskDefinition(1)],
      identity,
    );
    expect("found" in found && found.found.resource.metadata.name).to.equal("web-1");
  });
});
