/** What a comparison looks at. `attribute` is one of the instance's attributes, the others are facts about it. */
export type Subject =
  | { readonly kind: "attribute"; readonly name: string }
  | {
      readonly kind:
        | "agentConnected"
        | "agentVersion"
        | "ec2InstanceId"
        | "registeredAt"
        | "runningTasksCount"
        | "task:group";
    };

export type Test = "in" | "exists" | "matches" | ">" | ">=" | "<" | "<=";

/** One comparison. `==` is `in` with one value; `!=`, `!in`, `!~` and `!exists` are the negations. */
export interface Comparison {
  readonly kind: "compare";
  readonly subject: Subject;
  readonly test: Test;
  readonly negated: boolean;
  /** None for `exists`, one for all tests but `in`. */
  readonly values: readonly string[];
}

/**
 * An expression of the cluster query language.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */
export type Expression =
  | Comparison
  | { readonly kind: "and" | "or"; readonly of: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression };
