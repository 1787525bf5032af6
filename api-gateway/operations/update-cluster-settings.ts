import { checkSettings, mergedSettings } from "../clusters/cluster-checks.ts";
import { updateClusterSpec } from "../clusters/update-cluster-spec.ts";
import type { Handler } from "../operation.ts";

/**
 * Changes a cluster's settings, each by its name.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateClusterSettings.html
 */
export const updateClusterSettings: Handler<"UpdateClusterSettings"> = async (input, deps, call) => {
  checkSettings(input.settings);
  const cluster = await updateClusterSpec(
    deps,
    input.cluster,
    (spec) => ({ ...spec, settings: mergedSettings(spec.settings, input.settings) }),
    call,
  );
  return { cluster };
};
