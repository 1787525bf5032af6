import { share } from "#lib/shared-json.ts";

/** The custom resource behind an answer, for whoever is to write it. */
export interface Ref {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The resource is gone; what is shown is its last state (INACTIVE, STOPPED). */
  readonly deleted: boolean;
}

/** An ECS API object, in the API's own shape, and where it comes from. */
export interface Found<T> {
  /** Shared by all who read it, so it cannot be changed. */
  readonly doc: T;
  readonly ref: Ref;
}

/** One page of a list: what comes after the entry that ended the previous page, in the list's order. */
export interface Page {
  /** Last entry of the previous page (an ARN; for families a name); absent for the first. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * A row of the current state → what is found; its document is parsed when it is looked at. The text is kept, the document
 * until the garbage collector wants its place: it takes several times that, and is made again in some 20 µs.
 */
export function foundOf<T>(row: Readonly<Record<string, unknown>>): Found<T> {
  const { namespace } = row;
  const text = row["doc"] as string;
  let parsed: WeakRef<T & object> | undefined;
  return {
    get doc() {
      const known = parsed?.deref();
      if (known !== undefined) return known;
      const doc = share(JSON.parse(text) as T & object, text);
      parsed = new WeakRef(doc);
      return doc;
    },
    ref: {
      ...(typeof namespace === "string" && { namespace }),
      name: String(row["name"]),
      uid: String(row["uid"]),
      resourceVersion: String(row["resource_version"]),
      deleted: row["deleted_at"] !== null && row["deleted_at"] !== undefined,
    },
  };
}
