import type { ResultRow } from "./repository.ts";
import { dateOf } from "./session.ts";

/** What decides which cluster a namespace belongs to. */
export interface ClusterClaim {
  readonly uid: string;
  readonly clusterName: string;
  readonly namespace: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** The cluster is gone; what is left in its namespace still belongs to it until another takes the namespace. */
  readonly deleted: boolean;
}

/** The claims that rows of the query `cluster_namespaces` make. */
export function claimsOf(rows: readonly ResultRow[]): ClusterClaim[] {
  return rows.map((row) => ({
    uid: String(row["uid"]),
    clusterName: String(row["cluster_name"]),
    namespace: String(row["owned_namespace"]),
    createdAt: dateOf(row["created_at"])?.getTime() ?? 0,
    deleted: row["deleted"] === true,
  }));
}

/**
 * Which cluster each namespace belongs to. Of several that claim one, those that exist come before those that are
 * gone, then the oldest has it.
 */
export class ClusterNamespaces {
  readonly #claims = new Map<string, ClusterClaim>();
  #owners = new Map<string, string>();

  /** Forgets everything and begins with these. */
  load(claims: Iterable<ClusterClaim>): void {
    this.#claims.clear();
    for (const claim of claims) this.#claims.set(claim.uid, claim);
    this.#owners = ownersOf(this.#claims.values());
  }

  /** ECS name of the cluster that a namespace belongs to. */
  readonly ownerOf = (namespace: string): string | undefined => this.#owners.get(namespace);

  /**
   * Takes in new claims.
   * @returns the namespaces that belong to another cluster than before
   */
  update(claims: readonly ClusterClaim[]): string[] {
    if (claims.length === 0) return [];
    for (const claim of claims) this.#claims.set(claim.uid, claim);
    const before = this.#owners;
    this.#owners = ownersOf(this.#claims.values());
    const namespaces = new Set([...before.keys(), ...this.#owners.keys()]);
    return [...namespaces].filter((namespace) => before.get(namespace) !== this.#owners.get(namespace));
  }
}

function ownersOf(claims: Iterable<ClusterClaim>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { namespace, clusterName } of [...claims].sort(precedence)) {
    if (!owners.has(namespace)) owners.set(namespace, clusterName);
  }
  return owners;
}

function precedence(a: ClusterClaim, b: ClusterClaim): number {
  return (
    Number(a.deleted) - Number(b.deleted) || a.createdAt - b.createdAt || a.clusterName.localeCompare(b.clusterName)
  );
}
