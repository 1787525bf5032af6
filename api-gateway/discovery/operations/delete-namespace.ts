import { EcsError } from "#lib/errors.ts";
import { DISCOVERY_RESOURCES } from "#model/generated/servicediscovery/resources.generated.ts";
import { connectedService, servicesIn } from "../namespaces.ts";
import type { DiscoveryHandler } from "../operation.ts";
import { allServices, requireNamespace } from "../resources.ts";
import { operationId } from "./get-operation.ts";

/** @see https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html */
export const deleteNamespace: DiscoveryHandler<"DeleteNamespace"> = async ({ Id }, deps, signal) => {
  const { metadata, spec } = await requireNamespace(deps, Id, signal);
  const name = metadata.name ?? "";
  if (servicesIn(await allServices(deps, signal), name) > 0) {
    throw new EcsError("ResourceInUse", `Namespace ${name} still has services and cannot be deleted.`);
  }
  const connected = await connectedService({ name: spec.name, id: name }, deps, signal);
  if (connected !== undefined) {
    throw new EcsError("ResourceInUse", `Namespace ${name} is the Service Connect namespace of ${connected}.`);
  }
  const { uid } = metadata;
  await deps.kube.delete(
    DISCOVERY_RESOURCES.ECSDiscoveryNamespace,
    { name },
    { ...(uid !== undefined && { uid }), signal },
  );
  return { OperationId: operationId("d", name) };
};
