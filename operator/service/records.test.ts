import { expect } from "chai";

import type { Rollout } from "#lib/ecs/rollout.ts";
import type { ECSServiceDeployment, ECSServiceRevision } from "#model/generated/resources.generated.ts";
import { currentMembers, outdatedRecords, supersededStatus } from "./records.ts";
import type { ServiceState } from "./state.ts";
import { after, identity, service, start, state } from "./testing/fixtures.ts";

const arn = (id: string): string => `arn:aws:ecs:us-east-1:000000000000:service-revision/shop/web/${id}`;

/** Service deployment `id`, which brought revision `r<id>` in the place of the one before. */
function deployment(id: number, status: ECSServiceDeployment["status"] = {}): ECSServiceDeployment {
  return {
    apiVersion: "ecs.kecs.io/v1alpha1",
    kind: "ECSServiceDeployment",
    metadata: { name: `web-${id}`, creationTimestamp: after(id).toISOString() },
    spec: { id: `${id}` },
    status: {
      status: "SUCCESSFUL",
      finishedAt: after(id).toISOString(),
      targetServiceRevision: { arn: arn(`r${id}`) },
      sourceServiceRevisions: [{ arn: arn(`r${id - 1}`) }],
      ...status,
    },
  };
}

const revision = (id: number): ECSServiceRevision => ({
  apiVersion: "ecs.kecs.io/v1alpha1",
  kind: "ECSServiceRevision",
  metadata: { name: `web-r${id}` },
  spec: { id: `r${id}`, deployment: `${id}` },
});

function withRecords(count: number, lastCompleted: number): ServiceState {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  return state({
    service: { ...service(), status: { lastCompleted: { revision: `r${lastCompleted}`, deployment: "1" } } },
    rollout: { id: `${count}`, revision: `r${count}` } as Rollout,
    serviceDeployments: ids.map((id) => deployment(id)),
    serviceRevisions: ids.map(revision),
  });
}

describe("the records of a service's rollouts", () => {
  const names = (of: ServiceState): unknown => outdatedRecords(of).map(({ metadata }) => metadata.name);

  it("are all kept while they are few", () => {
    expect(names(withRecords(11, 11))).to.deep.equal([]);
  });

  it("are the last ten that ended and the newest, with the revisions that they name", () => {
    expect(names(withRecords(13, 13))).to.deep.equal(["web-2", "web-1", "web-r1"]);
  });

  it("keep the revision to which a rollback would return, however old", () => {
    expect(names(withRecords(13, 1))).to.deep.equal(["web-2", "web-1"]);
  });

  it("keep what is under way", () => {
    const of = withRecords(13, 13);
    const [oldest, ...others] = of.serviceDeployments;
    const { finishedAt: _, ...status } = oldest!.status!;
    expect(names({ ...of, serviceDeployments: [{ ...oldest!, status }, ...others] })).to.deep.equal(["web-2"]);
  });

  it("are STOPPED when a newer rollout begins, and SUCCESSFUL where theirs counts as completed", () => {
    const { finishedAt: _, ...status } = deployment(3).status!;
    const begun = { ...deployment(3), status: { ...status, status: "IN_PROGRESS" as const } };
    expect(supersededStatus(begun, "r2", start)).to.include({ status: "STOPPED", stoppedAt: start.toISOString() });
    expect(supersededStatus(begun, "r3", start))
      .to.include({ status: "SUCCESSFUL" })
      .and.not.have.property("stoppedAt");
  });

  it("say which revisions a service runs now", () => {
    const rollout = { id: "x", deployment: "7", revision: "r7" } as Rollout;
    const entries = [
      { id: "ecs-svc/7", desiredCount: 2, runningCount: 1, pendingCount: 1 },
      { id: "ecs-svc/2", desiredCount: 1, runningCount: 1, pendingCount: 0 },
      { id: "ecs-svc/99", desiredCount: 1, runningCount: 1, pendingCount: 0 },
    ];
    const of = currentMembers(withRecords(3, 2), rollout, entries, identity);
    expect(of.currentServiceDeployment).to.match(/:service-deployment\/shop\/web\/x$/);
    expect(of.currentServiceRevisions).to.deep.equal([
      { arn: arn("r7"), requestedTaskCount: 2, runningTaskCount: 1, pendingTaskCount: 1 },
      { arn: arn("r2"), requestedTaskCount: 1, runningTaskCount: 1, pendingTaskCount: 0 },
    ]);
  });
});
