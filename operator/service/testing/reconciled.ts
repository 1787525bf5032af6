import type { Deployment } from "#lib/kube/resources.ts";
import { considered } from "../considered.ts";
import { desiredService } from "../desired.ts";
import { revisionRecord } from "../records.ts";
import type { ServiceState } from "../state.ts";
import { serviceStatus } from "../status.ts";
import { applied, identity, taskDefinition } from "./fixtures.ts";

/** ARN of a revision of the family `web`. */
export const arn = (revision: number): string => `arn:aws:ecs:us-east-1:000000000000:task-definition/web:${revision}`;
/** That revision, resolved. */
export const found = (revision: number) => ({
  found: { resource: taskDefinition(revision), revision, arn: arn(revision) },
});

/** A reconcile: what is considered, applied, written and recorded, as the controller does it. */
export function reconciled(observed: ServiceState, now: Date): ServiceState {
  const seen = applied(considered(observed, identity, now));
  const { status } = serviceStatus(seen, desiredService(seen, identity), { identity, now });
  const { rollout } = seen;
  const known = observed.serviceRevisions.some(({ spec }) => spec.id === rollout?.revision);
  const records = rollout && !known ? [revisionRecord(seen, rollout)] : [];
  const serviceRevisions = [...observed.serviceRevisions, ...records];
  const revision = serviceRevisions.find(({ spec }) => spec.id === status.lastCompleted?.revision);
  return {
    ...observed,
    service: { ...observed.service, status },
    deployment: seen.deployment as Deployment,
    serviceRevisions,
    rollout: status.rollout,
    ...(revision && {
      completed: { revision, taskDefinition: found(Number(revision.spec.taskDefinition?.split(":").at(-1))) },
    }),
  };
}
