import { clusterNameOfResource, namespaceOfResource } from "#lib/ecs/cluster-of.ts";
import type { Batch, Change } from "./batch.ts";
import type { ClusterClaim, ClusterNamespaces } from "./cluster-namespaces.ts";
import { dateOf } from "./session.ts";
import type { Transaction } from "./store.ts";
import type { ProjectedKind, ProjectedResource } from "./tables.ts";

/** A resource as it now stands, to be shown by the row that is made of it. */
export interface Standing {
  readonly kind: ProjectedKind;
  readonly object: ProjectedResource;
  readonly resourceVersion: string;
  readonly deletedAt: Date | undefined;
}

/** What a batch changes: its own resources, and those whose cluster changes by it. */
export async function standingAfter(
  transaction: Transaction,
  batch: Batch,
  namespaces: ClusterNamespaces,
): Promise<Standing[]> {
  const own = [...batch.latest.values()].map(standingOf);
  const moved = namespaces.update(own.flatMap(claimOf));
  return [...own, ...(await membersToMove(transaction, moved, batch))];
}

function standingOf({ kind, object, resourceVersion, type, at }: Change): Standing {
  return { kind, object, resourceVersion, deletedAt: type === "DELETED" ? at : undefined };
}

function claimOf({ object, deletedAt }: Standing): ClusterClaim[] {
  if (object.kind !== "ECSCluster") return [];
  return [
    {
      uid: object.metadata.uid ?? "",
      clusterName: clusterNameOfResource(object),
      namespace: namespaceOfResource(object),
      createdAt: new Date(object.metadata.creationTimestamp ?? 0).getTime(),
      deleted: deletedAt !== undefined,
    },
  ];
}

/** Services, tasks and schedules, not in the batch themselves, whose cluster changes because their namespace's owner did. */
async function membersToMove(
  transaction: Transaction,
  namespaces: readonly string[],
  batch: Batch,
): Promise<Standing[]> {
  if (namespaces.length === 0) return [];
  const members = await transaction.run("implicit_members", { namespaces });
  const standing: Standing[] = [];
  for (const kind of ["ECSService", "ECSTask", "ECSSchedule", "ECSScalableTarget"] as const) {
    const uids = members
      .filter((member) => member["kind"] === kind)
      .map((member) => String(member["uid"]))
      .filter((uid) => !batch.latest.has(uid));
    if (uids.length > 0) standing.push(...(await lastSeen(transaction, kind, uids)));
  }
  return standing;
}

async function lastSeen(transaction: Transaction, kind: ProjectedKind, uids: readonly string[]): Promise<Standing[]> {
  const rows = await transaction.run("last_objects", { kind, uids });
  return rows.map((row) => ({
    kind,
    object: JSON.parse(String(row["object"])) as ProjectedResource,
    resourceVersion: String(row["resource_version"]),
    deletedAt: dateOf(row["deleted_at"]),
  }));
}
