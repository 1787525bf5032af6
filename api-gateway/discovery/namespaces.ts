import { API_VERSION } from "#lib/ecs/labels.ts";
import { discoveryId, isConnected } from "#lib/ecs/traffic/discovery.ts";
import { EcsError } from "#lib/errors.ts";
import { keyOf, refOf } from "#lib/kube/resources.ts";
import { type ECSService, RESOURCES } from "#model/generated/resources.generated.ts";
import {
  DISCOVERY_RESOURCES,
  type ECSDiscoveryNamespace,
  type ECSDiscoveryNamespaceSpec,
  type ECSDiscoveryService,
} from "#model/generated/servicediscovery/resources.generated.ts";
import type { CreateHttpNamespaceRequest } from "#model/generated/servicediscovery/types.generated.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { DiscoveryDeps } from "./operation.ts";
import { operationId } from "./operations/get-operation.ts";
import { allNamespaces, newId, requireNamespace } from "./resources.ts";
import { toSpecTags } from "./tags.ts";

/**
 * Makes a namespace through the API; the same call made again answers the same.
 * @throws EcsError `NamespaceAlreadyExists`
 */
export async function createByCall(
  type: NonNullable<ECSDiscoveryNamespaceSpec["type"]>,
  { Name, CreatorRequestId, Description, Tags = [] }: CreateHttpNamespaceRequest,
  deps: DiscoveryDeps,
  signal: AbortSignal,
): Promise<{ OperationId: string }> {
  const there = (await allNamespaces(deps, signal)).find(({ spec }) => spec.name === Name);
  if (there) {
    const id = there.metadata.name ?? "";
    const repeated = CreatorRequestId !== undefined && there.spec.creatorRequestId === CreatorRequestId;
    if (repeated) return { OperationId: operationId("c", id) };
    throw new EcsError("NamespaceAlreadyExists", `Namespace with name ${Name} already exists.`, {
      members: { NamespaceId: id, ...(CreatorRequestId !== undefined && { CreatorRequestId }) },
    });
  }
  const spec: ECSDiscoveryNamespaceSpec = {
    name: Name,
    type,
    ...(Description !== undefined && { description: Description }),
    ...(CreatorRequestId !== undefined && { creatorRequestId: CreatorRequestId }),
    ...(Tags.length > 0 && { tags: toSpecTags(Tags) }),
  };
  const { metadata } = await createNamespace(spec, deps, signal);
  return { OperationId: operationId("c", metadata.name ?? "") };
}

/** Makes a namespace with an id of its own. */
export function createNamespace(
  spec: ECSDiscoveryNamespaceSpec,
  { kube }: Pick<DiscoveryDeps, "kube">,
  signal: AbortSignal,
): Promise<ECSDiscoveryNamespace> {
  const resource = DISCOVERY_RESOURCES.ECSDiscoveryNamespace;
  const wanted: ECSDiscoveryNamespace = {
    apiVersion: API_VERSION,
    kind: "ECSDiscoveryNamespace",
    metadata: { name: newId("ns") },
    spec,
  };
  return kube.create(resource, wanted, { fieldManager: FIELD_MANAGER, signal });
}

/** Gives a namespace another description, or none. @throws EcsError `NamespaceNotFound` */
export async function describeAnew(
  reference: string,
  description: string | undefined,
  deps: DiscoveryDeps,
  signal: AbortSignal,
): Promise<{ OperationId: string }> {
  const { metadata } = await requireNamespace(deps, reference, signal);
  const name = metadata.name ?? "";
  const body = { metadata: { uid: metadata.uid }, spec: { description: description ?? null } };
  const options = { fieldManager: FIELD_MANAGER, signal };
  await deps.kube.mergePatch(DISCOVERY_RESOURCES.ECSDiscoveryNamespace, { name }, body, options);
  return { OperationId: operationId("n", name) };
}

/** How many services are in a namespace, given by its id. */
export function servicesIn(services: readonly ECSDiscoveryService[], namespace: string | undefined): number {
  return services.filter(({ spec }) => spec.namespace === namespace).length;
}

/** An ECS service that takes part in Service Connect in a namespace, as `namespace/name` of its resource, if one does. */
export async function connectedService(
  namespace: { readonly name: string; readonly id: string },
  { kube }: Pick<DiscoveryDeps, "kube">,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { items } = await kube.list<ECSService>(RESOURCES.ECSService, { signal });
  const found = items.find(({ spec: { serviceConnectConfiguration } }) => {
    if (!isConnected(serviceConnectConfiguration)) return false;
    const { namespace: reference = "" } = serviceConnectConfiguration;
    return reference === namespace.name || discoveryId("namespace", reference) === namespace.id;
  });
  return found && keyOf(refOf(found));
}
