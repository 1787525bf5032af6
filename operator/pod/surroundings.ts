import { type Config, ConfigError } from "#lib/config.ts";
import type { Features } from "../features.ts";
import type { Surroundings } from "./input.ts";

/**
 * What the operator's configuration and Kubernetes offer to containers.
 * @throws ConfigError where settings that belong together are not all given.
 */
export function surroundingsOf({ agentUrl, taskRole, sidecarImage }: Config, features?: Features): Surroundings {
  if (taskRole === "secret" && sidecarImage === undefined) {
    throw new ConfigError(["KECS_SIDECAR_IMAGE is to name KECS's own image where KECS_TASK_ROLE is secret."]);
  }
  return { agentUrl, taskRole, sidecarImage, containerRestartRules: features?.containerRestartRules };
}
