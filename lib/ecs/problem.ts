import type { RegisterTaskDefinitionRequest } from "#model/generated/types.generated.ts";

/** A rule across members of a task definition that is broken, in ECS's words. */
export interface Problem {
  /** The member that breaks it: `containerDefinitions[0].memory`. */
  readonly path: string;
  readonly message: string;
}

/** What the rules judge. */
export type Definition = Omit<RegisterTaskDefinitionRequest, "tags">;
