import { checkConfiguration, checkSettings, mergedSettings } from "../clusters/cluster-checks.ts";
import { defaultNamespace } from "../clusters/connect-namespace.ts";
import { updateClusterSpec } from "../clusters/update-cluster-spec.ts";
import type { Handler } from "../operation.ts";

/**
 * Changes a cluster's settings (one by one), configuration and Service Connect defaults (as a whole).
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html
 */
export const updateCluster: Handler<"UpdateCluster"> = async (input, deps, call) => {
  const { cluster: reference, settings, configuration, serviceConnectDefaults } = input;
  checkSettings(settings);
  checkConfiguration(configuration);
  const namespace =
    serviceConnectDefaults && serviceConnectDefaults.namespace !== ""
      ? await defaultNamespace(serviceConnectDefaults.namespace, deps, call)
      : undefined;
  const cluster = await updateClusterSpec(
    deps,
    reference,
    ({ serviceConnectDefaults: before, ...spec }) => ({
      ...spec,
      ...(serviceConnectDefaults === undefined && before !== undefined && { serviceConnectDefaults: before }),
      ...(settings !== undefined && { settings: mergedSettings(spec.settings, settings) }),
      ...(configuration !== undefined && { configuration }),
      // An empty name takes the default away.
      ...(namespace !== undefined && { serviceConnectDefaults: { namespace } }),
    }),
    call,
  );
  return { cluster };
};
