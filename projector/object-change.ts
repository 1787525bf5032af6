/** One change of an object, as the watch told it or a relist found it. */
export interface ObjectChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly source: "watch" | "relist";
  /** The version that the change made. */
  readonly resourceVersion: string;
  readonly at: Date;
}
